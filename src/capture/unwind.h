// From registers to a call stack, in the process itself.
//
// The rules come from .eh_frame (capture/cfi.h) through a small cache that is read and written
// without a lock, and the module of an address from the C library without one. Every read of a
// stack is bounded: by known bounds, by a copy's size, or, where nothing is known of the stack
// (fibers, threads made behind our back), page by page by a system call that fails instead of
// faulting. Context: signal handler, malloc path, monitor thread. Under 1 KiB of stack, errno kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "platform/registers.h"

namespace holmes {

// The stack to read from: addresses in [low, high), found at `shift` bytes from there (0: in
// place).
struct StackView {
  uintptr_t low = 0;
  uintptr_t high = 0;
  intptr_t shift = 0;
  bool probe = false;  // `high` is only the end of the page: ask the kernel before going on
  // The thread's own stack as recorded, for a walk that comes back to it from an alternate one.
  uintptr_t home_low = 0;
  uintptr_t home_high = 0;
};

// The calling thread's stack when `sp` lies in its own, [home_low, home_high), else a probed view.
StackView own_stack_view(uintptr_t sp, uintptr_t home_low, uintptr_t home_high);

struct UnwindResult {
  size_t frames = 0;
  bool complete = false;  // the outermost frame was reached
  bool elsewhere =
      false;  // a copied stack ended in a handler: go on at `interrupted`, on another stack
  Registers interrupted;
};

// Writes look-up addresses, leaf first (profile/stack_table.h). `exact_pc`: the first PC is where
// a thread was interrupted, not a return address.
UnwindResult unwind(Registers registers, bool exact_pc, StackView stack,
                    std::span<uintptr_t> addresses);

// From now on walks leave out the frames of the library that this code is part of.
// Context: constructor.
void hide_own_frames();

// Forget what was learnt of modules: some were unloaded. Context: any.
void forget_modules();

}  // namespace holmes
