// Who this process is, for the log and the manifest. Read from the kernel anew for each event:
// names and parents change. Context: monitor's threads, constructor.
#pragma once

#include <cstdint>

#include "base/fixed_string.h"
#include "capture/mappings.h"
#include "output/manifest.h"

namespace holmes {

FixedString<16> process_comm();
// The program's path as the kernel has it, without " (deleted)"; empty where /proc is missing.
Path program_path();
// The last part of a path.
std::string_view base_name(std::string_view path);

// host, pid, ppid, comm, exe, build_id, start time, control group, memory by kind.
void describe_process(const MemoryMap& map, EventRecord& record);

// The command beside the library: <dir>/holmes, <dir>/../bin/holmes or <dir>/../../bin/holmes,
// whichever can be executed. Empty if none.
Path find_command(const MemoryMap& map);

}  // namespace holmes
