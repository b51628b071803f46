// The mappings at the end of a text or legacy profile: /proc/self/maps as it was when the profile
// was taken, or the same lines made from the profile's own mappings where there is no such text.
// Context: monitor thread.
#pragma once

#include "output/byte_sink.h"
#include "profile/profile.h"

namespace holmes {

void write_memory_map(const Profile& profile, Emitter& out);

}  // namespace holmes
