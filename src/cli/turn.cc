#include "cli/turn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>

namespace holmes::cli {

namespace {

void interrupt(int) {}

// Ends calls that wait, with EINTR, after a while, and then again and again: a signal that comes
// just before the call would be lost.
class Interruptions {
 public:
  explicit Interruptions(std::chrono::milliseconds first) {
    struct sigaction action = {};
    action.sa_handler = interrupt;
    sigaction(SIGALRM, &action, nullptr);
    // Whoever is spawned by the monitor starts with every signal blocked.
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &mine, nullptr);
    itimerval timer = {};
    timer.it_value.tv_sec = first.count() / 1000;
    timer.it_value.tv_usec = first.count() % 1000 * 1000 + 1;
    timer.it_interval.tv_usec = 100'000;
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  ~Interruptions() {
    const itimerval none = {};
    setitimer(ITIMER_REAL, &none, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
};

}  // namespace

Turn::Turn(const std::string& folder, std::chrono::milliseconds patience)
    : fd_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_.valid()) return;
  const Interruptions interruptions(patience);
  static_cast<void>(flock(fd_.get(), LOCK_EX));
}

}  // namespace holmes::cli
