#include "inner.h"

namespace inner {
namespace {

[[gnu::noinline]] void small(unsigned depth, void (*work)(void*), void* argument) {
  at_depth(depth, work, argument);
  asm volatile("");  // no tail call
}

[[gnu::noinline]] void wide(unsigned depth, void (*work)(void*), void* argument) {
  [[maybe_unused]] volatile char room[200];
  room[0] = 1;
  at_depth(depth, work, argument);
  room[1] = 2;
}

// What a frame needs whose size only the run knows: its CFA comes from the frame pointer.
[[gnu::noinline]] void variable(unsigned depth, void (*work)(void*), void* argument) {
  auto* room = static_cast<volatile char*>(__builtin_alloca(32 + depth));
  room[0] = 1;
  at_depth(depth, work, argument);
  room[1] = 2;
}

}  // namespace

[[gnu::noinline]] void at_depth(unsigned depth, void (*work)(void*), void* argument) {
  switch (depth) {
    case 0: work(argument); break;
    case 1: small(0, work, argument); break;
    default: (depth % 8 == 0 ? variable : depth % 8 == 4 ? wide : small)(depth - 2, work, argument);
  }
  asm volatile("");
}

}  // namespace inner
