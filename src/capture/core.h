// The core behind the interposed functions: what they tell, and what the monitor asks.
//
// One instance, made at load time without a constructor, so that it serves the first malloc of the
// process, long before anybody's initialisation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/heap_profile.h"
#include "capture/sampling.h"
#include "capture/thread_registry.h"
#include "platform/registers.h"

namespace holmes {

struct Core {
  HeapProfile heap;
  ThreadRegistry threads;
};
extern constinit Core g_core [[gnu::visibility("hidden")]];

// The countdown of this thread went below zero on an allocation. 0: do not sample it; else the mean
// that its weight is to be taken with. Context: malloc path.
uint64_t should_sample(ThreadState& state);

// The block that the caller at `caller` got; `unmarked`: see HeapProfile::record. Context: malloc
// path.
void record_block(ThreadState& state, void* block, size_t size, uint64_t mean,
                  const Registers& caller, bool unmarked);

// What one sample costs the thread that takes it, as measured on some of them. Context: monitor
// thread.
double seconds_per_sample();

// The stack of the caller, for pthread_create. 0: not known. Context: threads of the host.
StackId creation_stack(const Registers& caller);

// Everything that a fork leaves in the middle. Context: fork child.
void core_after_fork();

}  // namespace holmes
