// From registers to a call stack, in the process itself.
//
// The rules come from .eh_frame (capture/cfi.h) through a small cache that is read and written
// without a lock (capture/frame_cache.h), the module of an address from the C library without one,
// and the stack is read within its bounds (capture/stack_view.h). Context: signal handler, malloc
// path, monitor thread. Under 1 KiB of stack, errno kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "capture/stack_view.h"
#include "platform/registers.h"

namespace holmes {

struct UnwindResult {
  size_t frames = 0;
  bool complete = false;   // the outermost frame was reached
  bool elsewhere = false;  // a copied stack ended in a handler: the walk goes on on another stack
};

// Writes look-up addresses, leaf first (profile/stack_table.h). `exact_pc`: the first PC is where
// a thread was interrupted, not a return address. `stack` may be extended as the walk goes on.
UnwindResult unwind(const Registers& registers, bool exact_pc, StackView& stack,
                    std::span<uintptr_t> addresses);

// The same for an interrupted thread whose frame pointer may be unknown: where a frame needs it, it
// is searched for (capture/frame_search.h). Leaves in `registers` where the walk has ended, and
// goes on if it is `elsewhere`. Context: monitor thread.
UnwindResult unwind_passively(Registers& registers, StackView& stack,
                              std::span<uintptr_t> addresses);

// From now on walks leave out the frames of the library that this code is part of.
// Context: constructor.
void hide_own_frames();

// Forget what was learnt of modules: some were unloaded. Context: any.
void forget_modules();

}  // namespace holmes
