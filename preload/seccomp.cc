// syscall: a seccomp filter for all threads at once, which only this function can put on, would be
// on those of holmes, too, in the middle of whatever they do. They end before it. All other calls
// pass through.
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "export.h"
#include "init.h"
#include "platform/libc.h"

namespace {

using SystemCall = long(long, long, long, long, long, long, long);

long first_call(long number, long a, long b, long c, long d, long e, long f);
}  // namespace

extern "C" {
// Named as the assembly below knows them.
__attribute__((visibility("hidden"))) SystemCall* holmes_real_syscall = first_call;
__attribute__((visibility("hidden"))) long holmes_confine_all(long number, long mode, long flags,
                                                              long filter);
}

namespace {

long first_call(long number, long a, long b, long c, long d, long e, long f) {
  if (void* found = holmes::libc::next_symbol("syscall")) {
    __atomic_store_n(&holmes_real_syscall, reinterpret_cast<SystemCall*>(found), __ATOMIC_RELEASE);
  }
  return holmes_real_syscall(number, a, b, c, d, e, f);
}

}  // namespace

void holmes::resolve_syscall() {
  void* found = holmes::libc::next_symbol("syscall");
  if (found != nullptr) holmes_real_syscall = reinterpret_cast<SystemCall*>(found);
}

long holmes_confine_all(long number, long mode, long flags, long filter) {
  holmes::AloneGuard alone;
  const long result = holmes_real_syscall(number, mode, flags, filter, 0, 0, 0);
  if (result == 0) alone.stay();
  return result;
}

// A jump without a frame: the child of a vfork() made this way returns over it. In C++ the seventh
// argument, which few calls have, would be copied onto itself, over a variable of the caller's.
#if defined(__x86_64__)
static_assert(SYS_seccomp == 317 && SECCOMP_SET_MODE_FILTER == 1 && SECCOMP_FILTER_FLAG_TSYNC == 1);
HOLMES_EXPORT [[gnu::naked]] long syscall(long, ...) {
  __asm__(
      "cmpl $317, %edi\n\t"
      "jne 1f\n\t"
      "cmpl $1, %esi\n\t"
      "jne 1f\n\t"
      "testb $1, %dl\n\t"
      "jne holmes_confine_all\n"
      "1:\n\t"
      "jmp *holmes_real_syscall(%rip)");
}
#endif
