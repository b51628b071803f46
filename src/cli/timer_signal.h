// A signal by a timer of this process.
#pragma once

#include <sys/time.h>

#include <chrono>

namespace holmes::cli {

using Timer = decltype(ITIMER_REAL);  // an enumeration, or int

struct TimerSignal {
  Timer timer;  // ITIMER_REAL or ITIMER_PROF
  int signal;   // what it sends: SIGALRM or SIGPROF
  void (*handler)(int);
  int flags;                          // of sigaction(): SA_RESTART, or 0 to end calls that wait
  std::chrono::milliseconds first;    // more than 0
  std::chrono::milliseconds every{};  // 0: once
};

// The signal is unblocked: whoever is spawned by the monitor starts with every signal blocked.
void start_timer(const TimerSignal& wanted);
void stop_timer(Timer timer);

}  // namespace holmes::cli
