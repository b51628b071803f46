// Room for one stack's addresses, outside of the host's stack: a handler may run on 8 KiB.
//
// A small static pool; a thread that finds it empty takes no sample. Lock-free and re-entrant: a
// handler that interrupts another user takes the next buffer.
// Context: malloc path, signal handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "profile/stack_table.h"

namespace holmes {

class FrameScratch {
 public:
  FrameScratch();
  ~FrameScratch();
  FrameScratch(const FrameScratch&) = delete;
  FrameScratch& operator=(const FrameScratch&) = delete;

  explicit operator bool() const { return index_ >= 0; }
  std::span<uintptr_t, kMaxFrames> frames() const;

  // Buffers that other threads held at the fork are nobody's in the child.
  static void forget_after_fork();

 private:
  int index_ = -1;
};

}  // namespace holmes
