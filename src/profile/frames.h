// The frames of a stack, for everybody who writes profiles out.
//
// A node whose pc lies below 64 KiB (vm.mmap_min_addr keeps code out of there) is no frame but a
// key that groups the stacks below it, the thread id of a CPU capture say. Such nodes are skipped
// here, in one place. Context: monitor thread, the command. No allocation.
#pragma once

#include <cstdint>

#include "profile/stack_table.h"

namespace holmes {

inline constexpr uintptr_t kFirstFramePc = 65536;

inline bool is_frame(uintptr_t pc) { return pc >= kFirstFramePc; }

// Calls fn(StackId node, uintptr_t look_up_address) for each frame, leaf first. Ends: a node's
// parent was numbered before the node was.
template <typename Fn>
void for_each_frame(const StackTable& stacks, StackId stack, Fn fn) {
  for (StackId node = stack; node != 0; node = stacks.parent(node)) {
    const uintptr_t pc = stacks.pc(node);
    if (is_frame(pc)) fn(node, pc);
  }
}

inline size_t count_frames(const StackTable& stacks, StackId stack) {
  size_t count = 0;
  for_each_frame(stacks, stack, [&](StackId, uintptr_t) { ++count; });
  return count;
}

}  // namespace holmes
