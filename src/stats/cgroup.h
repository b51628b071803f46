// Where the groups of this process stand in the file system: /proc/self/cgroup names them, and
// /proc/self/mountinfo says under which folder each hierarchy can be seen, and from which group on.
// Context: monitor thread. No allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/fixed_string.h"

namespace holmes {

// A v1 hierarchy is found by one of its controllers ("memory"); the v2 one has no name here.
inline constexpr std::string_view kUnified = "";

// The group's path as /proc/self/cgroup has it; nullopt where the process is in no such hierarchy.
std::optional<std::string_view> group_of(std::string_view proc_cgroup, std::string_view controller);

// One mount of a hierarchy and this process's place in it.
struct Hierarchy {
  Path point;  // the folder it is mounted at
  Path root;   // the group that this folder shows
  Path below;  // from there down to the process's group: "" or "/a/b"
};

// The mount that shows the most of the groups above the process. In a container without a cgroup
// namespace the group may not be below any mount: then the mounted folder itself is the best that
// is known, and `below` is empty.
std::optional<Hierarchy> find_hierarchy(std::string_view mountinfo, std::string_view proc_cgroup,
                                        std::string_view controller);

// "0-3,8" -> 5. 0 for an empty or malformed list.
uint32_t count_cpu_list(std::string_view text);

}  // namespace holmes
