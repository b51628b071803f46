#include "capture_zoo.h"

#include <alloca.h>
#include <stddef.h>

namespace {

[[gnu::noinline, gnu::optimize("O2,omit-frame-pointer")]] void inner(void (*function)(void*),
                                                                     void* argument) {
  [[maybe_unused]] volatile char padding[40] = {};
  padding[0] = 1;
  function(argument);
  padding[1] = 2;
}

[[gnu::noinline, gnu::optimize("O2,no-omit-frame-pointer")]] void outer(void (*function)(void*),
                                                                        void* argument,
                                                                        size_t bytes) {
  auto* memory = static_cast<volatile char*>(alloca(bytes));
  memory[0] = 1;
  inner(function, argument);
  memory[1] = 2;
}

}  // namespace

extern "C" void capture_call(void (*function)(void*), void* argument) {
  outer(function, argument, 100);
  asm volatile("" ::: "memory");
}
