#include "cli/timer_signal.h"

#include <signal.h>

namespace holmes::cli {

namespace {

timeval to_timeval(std::chrono::milliseconds time) {
  return {time.count() / 1000, time.count() % 1000 * 1000};
}

}  // namespace

void start_timer(const TimerSignal& wanted) {
  struct sigaction action = {};
  action.sa_handler = wanted.handler;
  action.sa_flags = wanted.flags;
  sigaction(wanted.signal, &action, nullptr);
  sigset_t mine;
  sigemptyset(&mine);
  sigaddset(&mine, wanted.signal);
  sigprocmask(SIG_UNBLOCK, &mine, nullptr);
  const itimerval times = {to_timeval(wanted.every), to_timeval(wanted.first)};
  setitimer(wanted.timer, &times, nullptr);
}

void stop_timer(Timer timer) {
  const itimerval none = {};
  setitimer(timer, &none, nullptr);
}

}  // namespace holmes::cli
