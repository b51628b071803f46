#include "cli/turn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>

#include <algorithm>

#include "cli/timer_signal.h"

namespace holmes::cli {

namespace {

using std::chrono::milliseconds;

// Again and again after the first: a signal that comes just before the call that is to end is lost.
constexpr milliseconds kAgain{100};

void interrupt(int) {}

}  // namespace

Turn::Turn(const std::string& folder, milliseconds patience)
    : fd_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!fd_.valid()) return;
  start_timer({ITIMER_REAL, SIGALRM, interrupt, 0, std::max(patience, milliseconds(1)), kAgain});
  static_cast<void>(flock(fd_.get(), LOCK_EX));
  stop_timer(ITIMER_REAL);
}

}  // namespace holmes::cli
