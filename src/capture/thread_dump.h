// The stacks of all threads, with as little disturbance as can be.
//
// A thread that waits in the kernel is read passively: /proc/self/task/T/syscall gives its
// registers, a copy of its stack is unwound here, and a second look proves that it has not moved
// meanwhile. No call of the host returns EINTR for that. A running thread is asked by signal and
// writes its stack into a slot; one that does not answer in time, or blocks the signal, is counted
// and named. Context: monitor thread.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "capture/mappings.h"
#include "profile/profile.h"
#include "profile/stack_table.h"

namespace holmes {

struct ThreadDump {
  Profile profile;
  uint32_t passive = 0;        // read without the thread's help
  uint32_t asked = 0;          // answered a signal
  uint32_t silent = 0;         // no stack: gone, blocked or too late
  int64_t max_pause_ns = 0;    // the longest time a thread spent in our handler
  int64_t last_sample_ns = 0;  // CLOCK_MONOTONIC, when the last stack was there
};

// `stacks` and `arena` hold the result. False: no memory or /proc.
bool dump_threads(Arena& arena, StackTable& stacks, LazyMemoryMap& map, ThreadDump& dump);

}  // namespace holmes
