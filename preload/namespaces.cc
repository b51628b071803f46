// unshare and setns: some of what they do is allowed only to the single thread of a process, so the
// threads of holmes end before it and start anew after it, in the host's new namespaces.
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>

#include "export.h"
#include "init.h"
#include "platform/libc.h"
#include "platform/syscall.h"

namespace {

bool is_main_thread() { return holmes::sys::call(SYS_gettid) == holmes::sys::call(SYS_getpid); }

// A call that fails for our sake is made again without us. One that moves the process's files takes
// holmes along: dumps go where the host's paths lead.
template <typename Call>
int change(Call call, bool moves_files) {
  const int before = errno;
  const int result = call();
  const bool refused = result != 0 && errno == EINVAL;
  const bool moved = result == 0 && moves_files && is_main_thread();
  if (!refused && !moved) return result;
  const int error = errno;
  const holmes::AloneGuard alone;
  errno = error;
  if (moved || !alone) return result;
  errno = before;
  return call();
}

}  // namespace

HOLMES_EXPORT int unshare(int flags) {
  static int (*real)(int);
  if (real == nullptr) real = reinterpret_cast<int (*)(int)>(holmes::libc::next_symbol("unshare"));
  return change([flags] { return real(flags); }, (flags & (CLONE_NEWNS | CLONE_FS)) != 0);
}

HOLMES_EXPORT int setns(int fd, int kind) {
  static int (*real)(int, int);
  if (real == nullptr)
    real = reinterpret_cast<int (*)(int, int)>(holmes::libc::next_symbol("setns"));
  return change([fd, kind] { return real(fd, kind); }, false);
}
