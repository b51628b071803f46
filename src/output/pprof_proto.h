// Profile -> profile.proto, as Go's runtime writes it: sample types, default type, period, labels,
// mappings with build ids. Without functions and lines: those are worked out outside of the host.
//
// Location ids are the numbers of the stack table's nodes, one Location per node in use, so that no
// address has to be looked up; its address is the node's look-up address as it is, which is what
// readers expect in this format. A sample whose stack is not known stands at
// one location without an address.
// Context: monitor thread. Memory: one bit per node and eight bytes per mapping, from the Arena.
#pragma once

#include "base/arena.h"
#include "output/byte_sink.h"
#include "profile/profile.h"

namespace holmes {

// Uncompressed: put a GzipStoredSink in between for a file.
Status write_pprof(const Profile& profile, Arena& arena, ByteSink& sink);

}  // namespace holmes
