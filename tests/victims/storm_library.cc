// Loaded and unloaded by storm: code with unwinding rules of its own, that allocates, burns and
// waits.
#include <unistd.h>

#include <cstdlib>

namespace {
[[gnu::noinline]] int deeper(int depth, volatile char* kept) {
  if (depth > 0) return deeper(depth - 1, kept) + 1;
  for (volatile int turns = 0; turns < 20'000;) turns = turns + 1;
  std::free(std::malloc(300'000));
  usleep(50);  // seen from outside here, unloaded a moment later
  return kept[0];
}
}  // namespace

extern "C" int storm_work(int depth) {
  volatile char kept[256] = {};
  return deeper(depth, kept);
}

// Never comes back.
extern "C" void storm_wait() {
  for (;;) pause();
}
