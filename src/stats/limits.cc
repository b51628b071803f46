#include "base/arena.h"
#include "base/slice.h"
#include "base/units.h"
#include "stats/cgroup.h"
#include "stats/stats.h"

namespace holmes {
namespace {

// A whole file in pages of its own: a mountinfo of many kilobytes fits on no small stack, and cut
// short it would hide the mounts that count.
class PageText {
 public:
  PageText(const FileReader& files, const char* path) {
    for (size_t bytes = kFirst; bytes <= kLargest; bytes *= 8) {
      text_ = {};
      arena_.clear();
      auto* buffer = static_cast<char*>(arena_.allocate(bytes));
      if (buffer == nullptr) return;
      const long size = files.read(files.context, path, {buffer, bytes});
      if (size < 0) return;
      text_ = first({buffer, bytes}, static_cast<size_t>(size));
      if (text_.size() < bytes) return;
    }
  }
  std::string_view view() const { return text_; }

 private:
  static constexpr size_t kFirst = size_t{64} << 10;
  static constexpr size_t kLargest = size_t{32} << 20;
  Arena arena_;
  std::string_view text_;
};

// The limit files of one group, each a line or two.
class GroupFiles {
 public:
  GroupFiles(const FileReader& files, std::string_view folder) : files_(files), folder_(folder) {}

  // The first line of `name`, until the next call; empty where it cannot be read.
  std::string_view line(std::string_view name) {
    Path path;
    if (!path.assign(folder_) || !path.append("/") || !path.append(name)) return {};
    const long size = files_.read(files_.context, path.c_str(), std::span(buffer_));
    std::string_view text =
        first({buffer_, sizeof buffer_}, size < 0 ? 0 : static_cast<size_t>(size));
    return trim(take_until(text, '\n'));
  }

 private:
  const FileReader& files_;
  std::string_view folder_;
  char buffer_[4096];  // cpusets of large machines are long lists
};

// What one group allows; 0: it does not limit.
struct GroupLimit {
  uint64_t memory_bytes = 0;
  double cpu_cores = 0;
};
using LimitOf = GroupLimit (*)(GroupFiles& group);

// v1 writes "no limit" as the largest multiple of the page size; nobody means exabytes.
constexpr uint64_t kNoMemoryLimit = uint64_t{1} << 60;

GroupLimit memory_from(std::string_view line) {
  const uint64_t bytes = parse_unsigned(line).value_or(0);  // "max" is none
  return {bytes < kNoMemoryLimit ? bytes : 0, 0};
}

// "max" and v1's -1 are no numbers here, and so no quota.
GroupLimit quota(std::optional<uint64_t> time_us, std::optional<uint64_t> period_us) {
  if (time_us.value_or(0) == 0 || period_us.value_or(0) == 0) return {};
  return {0, static_cast<double>(*time_us) / static_cast<double>(*period_us)};
}

GroupLimit memory_v1(GroupFiles& group) { return memory_from(group.line("memory.limit_in_bytes")); }
GroupLimit memory_v2(GroupFiles& group) { return memory_from(group.line("memory.max")); }
GroupLimit quota_v1(GroupFiles& group) {
  const std::optional<uint64_t> time = parse_unsigned(group.line("cpu.cfs_quota_us"));
  return quota(time, parse_unsigned(group.line("cpu.cfs_period_us")));
}
GroupLimit quota_v2(GroupFiles& group) {
  std::string_view line = group.line("cpu.max");
  const std::optional<uint64_t> time = parse_unsigned(take_until(line, ' '));
  return quota(time, parse_unsigned(line));
}
GroupLimit cpuset_v1(GroupFiles& group) {
  return {0, static_cast<double>(count_cpu_list(group.line("cpuset.cpus")))};
}
GroupLimit cpuset_v2(GroupFiles& group) {
  return {0, static_cast<double>(count_cpu_list(group.line("cpuset.cpus.effective")))};
}

// As the manifest names a group: by its path in the hierarchy, not by its folder.
void name_group(const Hierarchy& hierarchy, std::string_view below, Path& name) {
  name.assign(hierarchy.root.view() == "/" && !below.empty() ? "" : hierarchy.root.view());
  name.append(below);
}

void lower(const GroupLimit& limit, const Hierarchy& hierarchy, std::string_view below,
           Limits& limits) {
  const bool machine_unknown = limits.memory_bytes == 0;
  if (limit.memory_bytes != 0 && (machine_unknown || limit.memory_bytes < limits.memory_bytes)) {
    limits.memory_bytes = limit.memory_bytes;
    name_group(hierarchy, below, limits.memory_cgroup);
  }
  if (limit.cpu_cores > 0 && limit.cpu_cores < limits.cpu_cores) {
    limits.cpu_cores = limit.cpu_cores;
    name_group(hierarchy, below, limits.cpu_cgroup);
  }
}

// Every group from the process's own up to the mount's root.
void walk_up(const FileReader& files, const Hierarchy& hierarchy, std::span<const LimitOf> kinds,
             Limits& limits) {
  std::string_view below = hierarchy.below;
  while (true) {
    Path folder = hierarchy.point;
    if (folder.append(below)) {
      GroupFiles group(files, folder);
      for (const LimitOf limit_of : kinds) lower(limit_of(group), hierarchy, below, limits);
    }
    if (below.empty()) return;
    below = first(below, below.rfind('/'));
  }
}

constexpr LimitOf kUnifiedLimits[] = {memory_v2, quota_v2, cpuset_v2};
constexpr LimitOf kMemoryLimits[] = {memory_v1};
constexpr LimitOf kQuotaLimits[] = {quota_v1};
constexpr LimitOf kCpusetLimits[] = {cpuset_v1};

struct Source {
  std::string_view controller;
  std::span<const LimitOf> kinds;
};
constexpr Source kSources[] = {
    {kUnified, kUnifiedLimits},
    {"memory", kMemoryLimits},
    {"cpu", kQuotaLimits},
    {"cpuset", kCpusetLimits},
};

void apply_cgroups(const FileReader& files, Limits& limits) {
  const PageText groups(files, "/proc/self/cgroup");
  const PageText mounts(files, "/proc/self/mountinfo");
  for (const Source& source : kSources) {
    const std::optional<Hierarchy> hierarchy =
        find_hierarchy(mounts.view(), groups.view(), source.controller);
    if (hierarchy) walk_up(files, *hierarchy, source.kinds, limits);
  }
}

}  // namespace

Limits find_limits(const FileReader& files, uint32_t affinity_cores, bool use_cgroup) {
  Limits limits;
  char buffer[4096];
  const long size = files.read(files.context, "/proc/meminfo", std::span(buffer));
  const std::string_view meminfo =
      first({buffer, sizeof buffer}, size < 0 ? 0 : static_cast<size_t>(size));
  limits.memory_bytes = parse_kb_field(meminfo, "MemTotal").value_or(0);
  limits.cpu_cores = affinity_cores == 0 ? 1 : affinity_cores;
  if (use_cgroup) apply_cgroups(files, limits);
  return limits;
}

Path own_cgroup(const FileReader& files) {
  const PageText groups(files, "/proc/self/cgroup");
  const std::string_view unified = group_of(groups.view(), kUnified).value_or("");
  const std::string_view memory = group_of(groups.view(), "memory").value_or("");
  // On hybrid systems v2 holds no controllers, and often nobody but systemd fills it.
  const bool says_nothing = unified.empty() || (unified == "/" && !memory.empty());
  return Path(says_nothing ? memory : unified);
}

}  // namespace holmes
