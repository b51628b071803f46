#include "capture/core.h"

#include <atomic>

#include "base/clock.h"
#include "capture/allocator.h"
#include "capture/capture_signal.h"
#include "capture/cpu_timers.h"
#include "capture/frame_scratch.h"
#include "capture/module_gate.h"
#include "capture/unwind.h"

namespace holmes {

constinit Core g_core;

uint64_t should_sample(ThreadState& state) {
  if (state.inside != 0) return 0;
  if (allocator::wanted()) [[unlikely]]
    allocator::answer();
  return countdown_expired(state, g_core.heap.mean());
}

namespace {

// Nanoseconds of a sample, a moving mean in 1/16 ns. Two clock reads cost a fifth of a sample, so
// only some samples are timed; the random bits that choose them are there anyway.
constexpr uint64_t kTimedOneIn = 32;
std::atomic<uint64_t> g_cost{1000 * 16};

void remember_cost(int64_t ns) {
  const uint64_t before = g_cost.load(std::memory_order_relaxed);
  // One that was scheduled out in the middle says nothing about the cost of the others.
  const uint64_t now = ns > 100'000 ? before : static_cast<uint64_t>(ns) * 16;
  g_cost.store(before - before / 16 + now / 16, std::memory_order_relaxed);
}

class CostTimer {
 public:
  explicit CostTimer(const ThreadState& state)
      : begin_(state.random % kTimedOneIn == 0 ? monotonic_ns() : 0) {}
  ~CostTimer() {
    if (begin_ != 0) remember_cost(monotonic_ns() - begin_);
  }
  CostTimer(const CostTimer&) = delete;
  CostTimer& operator=(const CostTimer&) = delete;

 private:
  int64_t begin_;
};

}  // namespace

double seconds_per_sample() {
  return static_cast<double>(g_cost.load(std::memory_order_relaxed)) / 16 * 1e-9;
}

void record_block(ThreadState& state, void* block, size_t size, uint64_t mean,
                  const Registers& caller, bool unmarked) {
  InsideGuard guard(state);
  CostTimer timer(state);
  const FrameScratch scratch;
  if (!scratch) return;
  StackView view = own_stack_view(caller.sp, state.stack_low, state.stack_high);
  const UnwindResult stack = unwind(caller, false, view, scratch.frames());
  g_core.heap.record(reinterpret_cast<uintptr_t>(block), size, mean,
                     scratch.frames().first(stack.frames), unmarked);
}

StackId creation_stack(const Registers& caller) {
  InsideGuard guard(t_state);
  const FrameScratch scratch;
  if (!scratch) return 0;
  StackView view = own_stack_view(caller.sp, t_state.stack_low, t_state.stack_high);
  const UnwindResult stack = unwind(caller, false, view, scratch.frames());
  return g_core.threads.note_creation(scratch.frames().first(stack.frames));
}

void core_after_fork() {
  FrameScratch::forget_after_fork();
  CpuTimers::forget_after_fork();
  module_gate_after_fork();
  capture_signal_after_fork();
}

}  // namespace holmes
