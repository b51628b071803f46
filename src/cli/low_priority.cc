#include "cli/low_priority.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

#include "base/file.h"

namespace holmes::cli {

namespace {

// <linux/ioprio.h> is missing on older systems.
constexpr int kIoprioWhoProcess = 1;
constexpr int kIoprioIdle = 3 << 13;

// Returns whether it worked; nobody minds when it did not.
bool write_text(const char* path, std::string_view text) {
  const UniqueFd fd(open(path, O_WRONLY | O_CLOEXEC));
  return fd.valid() && write(fd.get(), text.data(), text.size()) > 0;
}

}  // namespace

void lower_priority() {
  static_cast<void>(write_text("/proc/self/oom_score_adj", "1000"));
  static_cast<void>(setpriority(PRIO_PROCESS, 0, 19));
  const sched_param none = {};
  static_cast<void>(sched_setscheduler(0, SCHED_IDLE, &none));
  static_cast<void>(syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, kIoprioIdle));
  const rlimit no_core = {0, 0};
  static_cast<void>(setrlimit(RLIMIT_CORE, &no_core));
}

}  // namespace holmes::cli
