// Raw system calls. The floor of the house: includes nothing of holmes.
//
// Promises: no errno, no thread-local access, no allocation, no cancellation point, no lock. All of
// this may run in a signal handler, under malloc, in a fork child and in the monitor thread, which
// the C library does not know (docs/design.md, "The monitor thread"). A failed call returns
// -errno, as the kernel does.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include "platform/x86_64/syscall_arch.h"
#else
#error "holmes has no port to this processor yet: add src/platform/<arch>"
#endif

namespace holmes::sys {

template <typename T>
inline long arg(T value) {
  return (long)value;  // NOLINT: pointers and integers alike go into one register
}

template <typename... Args>
inline long call(long number, Args... args) {
  static_assert(sizeof...(Args) <= 6);
  const long a[6] = {arg(args)...};
  return raw_syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // namespace holmes::sys
