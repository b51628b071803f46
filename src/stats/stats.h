// From /proc and the control groups' text to numbers. Parsers take text, so that tests are strings;
// the functions that read the files are at the end.
// Context: monitor thread. No allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/fixed_string.h"

namespace holmes {

// One look at the process.
struct Reading {
  int64_t time_ns = 0;  // CLOCK_MONOTONIC
  int64_t cpu_ns = 0;   // user + system of all threads so far
  uint64_t rss_bytes = 0;
  uint32_t threads = 0;  // the host's; the monitor is not counted
};

// /proc/self/stat. The comm may hold spaces and parentheses.
struct ProcStat {
  FixedString<16> comm;
  char state = '?';
  int32_t ppid = 0;
  uint64_t utime_ticks = 0;
  uint64_t stime_ticks = 0;
  uint32_t num_threads = 0;
  uint64_t start_ticks = 0;
  uint64_t vsize_bytes = 0;
  uint64_t rss_pages = 0;
};
std::optional<ProcStat> parse_proc_stat(std::string_view text);

// A "Name:   123 kB" line of /proc/meminfo, /proc/self/status or smaps_rollup, in bytes.
std::optional<uint64_t> parse_kb_field(std::string_view text, std::string_view name);

// /proc/self/smaps_rollup: RSS by kind, bytes. rss = anonymous + file + shmem: the kernel tells of
// shared memory only this process's share (Pss_Shmem), and `file` is what is left.
struct MemoryBreakdown {
  uint64_t rss = 0, pss = 0, anonymous = 0, file = 0, shmem = 0, swap = 0, locked = 0;
  uint64_t private_dirty = 0, private_clean = 0, shared_dirty = 0, shared_clean = 0, huge = 0;
  // From /proc/self/status: pss, private, shared and huge are not known.
  bool counters_only = false;
};
std::optional<MemoryBreakdown> parse_smaps_rollup(std::string_view text);

// What 100 % means.
struct Limits {
  uint64_t memory_bytes = 0;  // 0: not even the machine's memory could be read
  double cpu_cores = 0;
  Path memory_cgroup;  // the group that bounds the memory; empty: the machine does
  Path cpu_cgroup;
};

// How the limit finder sees the system: the real one reads files; tests give a folder of captured
// text. `read` returns the bytes read or -errno.
struct FileReader {
  long (*read)(void* context, const char* path, std::span<char> buffer) = nullptr;
  void* context = nullptr;
};
FileReader real_files();

// The smallest of: cgroup v1 and v2 memory limits (memory.limit_in_bytes, memory.max; the values
// "max" and the v1 "no limit" number mean none) on the path from the process's group to the root,
// and MemTotal. Cores: cpu.cfs_quota_us / cpu.cfs_period_us, cpu.max, the same way, the cpuset, and
// the affinity mask (`affinity_cores`). Handles hybrid v1 + v2 mounts and containers, where the
// path in /proc/self/cgroup is not below the mount's root. Never fails: what cannot be read does
// not limit.
Limits find_limits(const FileReader& files, uint32_t affinity_cores, bool use_cgroup);

// The process's own group as the manifest names it: the v2 path, or v1's memory path; "" if none.
Path own_cgroup(const FileReader& files);

// Cores that the affinity masks of the process's threads allow together, the calling thread's left
// out unless it is the first one: a server that pins its workers one by one uses all of them, one
// that pins itself uses one. At least 1.
uint32_t affinity_cores();

// Reads CLOCK_PROCESS_CPUTIME_ID and /proc/self/stat. nullopt when /proc cannot be read.
// `own_threads`: threads of holmes to leave out.
std::optional<Reading> take_reading(uint32_t own_threads);

// Percent of the usable cores between two readings; 0 when no time has passed.
double cpu_percent(const Reading& before, const Reading& now, double cores);

}  // namespace holmes
