// The log as a file of many processes: append and rotate.
//
// Rotation: whoever finds the file at its limit locks it (flock, not waiting) and renames it, but
// only if the path still leads to the very file that is locked. Without that second look, two
// processes that see the limit at the same time would both rename, and the second rename would put
// the new, short file in place of the old one. A line written by somebody who opened the file
// before the rename ends up in FILE.1, where it belongs. Context: constructor, monitor thread. No
// allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fixed_string.h"

namespace holmes {

// 0 or -errno. EPERM: what stands at `path` is not ours to write to (log.h).
long append_to_log_file(const Path& path, std::string_view bytes, uint64_t rotate_bytes);

}  // namespace holmes
