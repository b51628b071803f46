// HOLMES_ON_DUMP of an event whose host is gone: a crash, or the end of a short program.
#pragma once

#include <string>

namespace holmes::cli {

// Starts it, unless the host still waits for this process: it runs the command itself then.
void run_command_of_orphan(const std::string& manifest_path);

}  // namespace holmes::cli
