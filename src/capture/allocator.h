// The host's own allocator: which one it is, and what it says of itself.
//
// Its figures can be asked for on threads of the host alone (they use thread-local data, and glibc
// takes no locks while the process has one thread). So the monitor leaves a request, and the next
// thread that comes by the sampler's slow path answers it, outside of the allocator. What that took
// of its CPU time is kept: where the next answer would take more than kAffordableNs, the last one
// is used, with its age, until an answer would be at most a ten-thousandth of the time since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holmes {

struct AllocatorFigures {
  static constexpr size_t kMax = 12;
  struct Figure {
    const char* name;  // a literal
    uint64_t value;
  };
  Figure figures[kMax] = {};
  size_t count = 0;
  int64_t taken_ns = 0;  // CLOCK_MONOTONIC; 0: never
  int64_t cost_ns = 0;   // CPU time of the thread that answered

  void add(const char* name, uint64_t value) {
    if (count < kMax) figures[count++] = {name, value};
  }
};

namespace allocator {

inline constexpr int64_t kAffordableNs = 200'000;
inline constexpr int64_t kNeverAboveNs = 5'000'000;

// Finds out which allocator serves `real_malloc`, the malloc that the host really runs on.
// Context: constructor.
void identify(const void* real_malloc);
// "glibc", "jemalloc", "tcmalloc", "mimalloc"; "unknown".
std::string_view name();

// Leaves a request, unless an answer would cost too much: glibc walks its free lists, the longer
// the larger the heap. Context: monitor's threads.
bool request(uint64_t rss_bytes);
// Context: malloc path.
bool wanted();
void answer();

// The last answer; count 0 where there was none. Context: monitor's threads.
AllocatorFigures last();

// Context: fork child.
void forget_after_fork();

}  // namespace allocator
}  // namespace holmes
