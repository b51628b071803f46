// A frame pointer that nobody told us.
//
// A thread read passively has no frame pointer until a frame restores it. In a function that needs
// one, its value is the first place on the stack from where a step leads behind a call, and the
// walk on from there to the thread's start. What earlier calls left on the stack leads there hardly
// ever. Context: monitor thread.
#pragma once

#include <cstdint>

#include "capture/cfi.h"
#include "capture/stack_view.h"
#include "platform/registers.h"

namespace holmes {

// 0: none found.
uintptr_t search_frame_pointer(const StackView& view, const Registers& at, const FrameRule& rule);

}  // namespace holmes
