// What every allocation and every release passes: a countdown, and a look at the address.
// Context: malloc path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/thread_state.h"
#include "marking.h"
#include "real.h"

namespace holmes {

// True: this allocation needs the slow path.
[[gnu::always_inline]] inline bool count_down(size_t size) {
  return (t_state.bytes_left -= static_cast<int64_t>(size)) < 0;
}

[[gnu::always_inline]] inline void release(void* block) {
  if (may_be_sampled(block)) [[unlikely]]
    return free_sampled(block);
  g_real.free(block);
}

}  // namespace holmes
