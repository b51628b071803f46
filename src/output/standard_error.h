// The host's standard error, for a thread whose descriptor table is not the host's.
// Context: constructor, monitor thread. No allocation; no descriptor stays open.
#pragma once

#include <string_view>

namespace holmes {

// Writes all of `bytes` to the process's descriptor 2, whatever that is now. Never waits: a pipe
// whose reader has stopped gets nothing (-EAGAIN), and a broken one is no SIGPIPE for the host
// (-EPIPE). 0 or -errno.
long write_to_standard_error(std::string_view bytes);

}  // namespace holmes
