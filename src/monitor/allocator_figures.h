// The allocator's own figures for the manifest. Context: event thread.
#pragma once

#include "output/manifest.h"

namespace holmes {

// Asks the allocator if that is cheap, and waits for a thread of the host to answer for `wait_ns`
// at most; else takes the last answer. `max_pause_ns` grows to what the answering thread spent on
// it.
void describe_allocator(EventRecord& record, int64_t wait_ns, int64_t& max_pause_ns);

}  // namespace holmes
