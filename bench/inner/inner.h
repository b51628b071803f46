// What the measurements of functions share: stacks of a chosen depth to stand on.
#pragma once

#include <benchmark/benchmark.h>

namespace inner {

// Calls `work(argument)` below `depth` frames that the compiler has not folded into one. They
// differ in size, and each fourth has a frame pointer.
void at_depth(unsigned depth, void (*work)(void*), void* argument);

}  // namespace inner
