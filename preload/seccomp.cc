// syscall: a seccomp filter for all threads at once, which only this function can put on, would be on those
// of holmes, too, in the middle of whatever they do. They end before it. All other calls pass through.
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "export.h"
#include "init.h"
#include "platform/libc.h"

namespace {

using SystemCall = long(long, long, long, long, long, long, long);

long first_call(long number, long a, long b, long c, long d, long e, long f);
SystemCall* g_real = first_call;

long first_call(long number, long a, long b, long c, long d, long e, long f) {
  if (void* found = holmes::libc::next_symbol("syscall")) {
    __atomic_store_n(&g_real, reinterpret_cast<SystemCall*>(found), __ATOMIC_RELEASE);
  }
  return g_real(number, a, b, c, d, e, f);
}

[[gnu::noinline]] long confine_all(long flags, long filter) {
  holmes::AloneGuard alone;
  const long result = g_real(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter, 0, 0, 0);
  if (result == 0) alone.stay();
  return result;
}

}  // namespace

// A jump and no frame of its own: the child of a vfork() made this way returns over it.
HOLMES_EXPORT long syscall(long number, long a, long b, long c, long d, long e, long f) {
  const bool for_all = number == SYS_seccomp && a == SECCOMP_SET_MODE_FILTER &&
                       (b & SECCOMP_FILTER_FLAG_TSYNC) != 0;
  if (for_all) [[unlikely]] return confine_all(b, c);
  return g_real(number, a, b, c, d, e, f);
}
