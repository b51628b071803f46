// Work that is done in a child of its own, so that the kernel can be told how much it may disturb.
//
// Nice values are not enough to keep out of the way: a nice process still runs to the end of its
// slice, milliseconds, while the request that has just come in waits. What runs as SCHED_IDLE is
// put off at once. But on a machine without idle time it gets nothing, so it is tried for a while
// only.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holmes::cli {

using Texts = std::vector<std::string>;

// Runs `work` in a child as SCHED_IDLE and returns what it made. nullopt: it was not done within
// `patience`, or failed, and has had no effect. The child only computes; what it makes is put into
// files by the caller: on a busy machine the child could be put off for seconds with the lock of a
// folder in its hands, the host's own folder perhaps.
// Must be called by a process with one thread.
std::optional<Texts> in_idle_time(const std::function<Texts()>& work,
                                  std::chrono::milliseconds patience);

// The same with the nice value that this process has, in a session of its own. Where sessions share
// out the CPU (sched_autogroup, on by default in most kernels) nice values count within one only:
// in the host's, three spinning threads made a second of work 17 s, and a hundred would make it
// minutes. A session of one's own gets a share of its own, at the cost of the host's response
// times: for what idle time was not enough for.
std::optional<Texts> in_own_session(const std::function<Texts()>& work,
                                    std::chrono::milliseconds patience);

}  // namespace holmes::cli
