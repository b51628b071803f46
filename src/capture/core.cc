#include "capture/core.h"

#include "capture/allocator.h"
#include "capture/cpu_timers.h"
#include "capture/frame_scratch.h"
#include "capture/unwind.h"

namespace holmes {

constinit Core g_core;

bool should_sample(ThreadState& state) {
  if (state.inside != 0) return false;
  if (allocator::wanted()) [[unlikely]] allocator::answer();
  return countdown_expired(state, g_core.heap.mean());
}

void record_block(ThreadState& state, void* block, size_t size, const Registers& caller) {
  if (block == nullptr) return;
  InsideGuard guard(state);
  const FrameScratch scratch;
  if (!scratch) return;
  const StackView view = own_stack_view(caller.sp, state.stack_low, state.stack_high);
  const UnwindResult stack = unwind(caller, false, view, scratch.frames());
  g_core.heap.record(reinterpret_cast<uintptr_t>(block), size, scratch.frames().first(stack.frames));
}

StackId creation_stack(const Registers& caller) {
  InsideGuard guard(t_state);
  const FrameScratch scratch;
  if (!scratch) return 0;
  const StackView view = own_stack_view(caller.sp, t_state.stack_low, t_state.stack_high);
  const UnwindResult stack = unwind(caller, false, view, scratch.frames());
  return g_core.threads.note_creation(scratch.frames().first(stack.frames));
}

void core_after_fork() {
  FrameScratch::forget_after_fork();
  CpuTimers::forget_after_fork();
}

}  // namespace holmes
