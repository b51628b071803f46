// One step of a walk, from any frame to its caller's: what the short path of capture/unwind.cc
// leaves out. Context: signal handler, malloc path, monitor thread.
#pragma once

#include <cstdint>

#include "capture/cfi.h"
#include "capture/stack_view.h"
#include "platform/registers.h"

namespace holmes {

enum class Step : uint8_t {
  more,
  end,        // this was the outermost frame
  broken,     // the walk cannot go on
  elsewhere,  // a copied stack ended in a handler: the registers are those of the interrupted code
};

// The registers are those of the interrupted code or of a caller; with the frame pointer known
// where the rule needs it.
Step step(StackReader& reader, const FrameRule& rule, Registers& at);

inline bool needs_frame_pointer(const FrameRule& rule) {
  return rule.kind == FrameRule::Kind::from_fp || rule.kind == FrameRule::Kind::deref_fp;
}

}  // namespace holmes
