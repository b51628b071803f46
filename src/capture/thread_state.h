// What holmes keeps in each thread of the host: one initial-exec block, so that reaching it is one
// instruction and never allocates. At most 64 bytes, as static thread-local space is scarce, and
// without constructor or destructor.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holmes {

struct ThreadState {
  int64_t bytes_left;   // allocation until the next heap sample; below zero: take the slow path
  uint64_t random;      // state of the sampler's generator; 0: not seeded
  uint64_t mean;        // that the countdown was drawn with: what a sample of it stands for
  uintptr_t stack_low;  // the thread's stack as its creator made it; both 0: not known
  uintptr_t stack_high;
  uint32_t inside;      // > 0: holmes itself is at work on this thread; sample nothing
  int32_t held_signal;  // blocked around a fork, by holmes; 0: none
};
static_assert(sizeof(ThreadState) <= 64);

extern thread_local constinit ThreadState t_state [[gnu::tls_model("initial-exec")]];

// While it lives, allocations of this thread pass through unsampled.
class InsideGuard {
 public:
  explicit InsideGuard(ThreadState& state) : state_(state) { state_.inside += 1; }
  ~InsideGuard() { state_.inside -= 1; }
  InsideGuard(const InsideGuard&) = delete;
  InsideGuard& operator=(const InsideGuard&) = delete;

 private:
  ThreadState& state_;
};

}  // namespace holmes
