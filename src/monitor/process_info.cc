#include "monitor/process_info.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/slice.h"
#include "base/text.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

// The unit of /proc's tick counts is part of the kernel's interface: USER_HZ is 100 on every
// processor that holmes knows.
constexpr int64_t kTickNs = 10'000'000;

template <size_t N>
std::string_view read_text(const char* path, char (&buffer)[N]) {
  const long size = read_file(path, buffer);
  return size <= 0 ? std::string_view{} : std::string_view(buffer, static_cast<size_t>(size));
}

int64_t start_time_us(const ProcStat& stat) {
  timespec boot{};
  sys::call(SYS_clock_gettime, CLOCK_BOOTTIME, &boot);
  const int64_t since_boot = int64_t{boot.tv_sec} * 1'000'000'000 + boot.tv_nsec;
  const int64_t age = since_boot - static_cast<int64_t>(stat.start_ticks) * kTickNs;
  return (realtime_ns() - age) / 1000;
}

bool is_executable(const Path& path) {
  return sys::call(SYS_faccessat, AT_FDCWD, path.c_str(), X_OK) == 0;
}

// smaps_rollup walks all page tables with the lock held that mmap() and munmap() of the host need:
// 10 to 80 ms per GiB. A large process gets the counters that the kernel has at hand.
constexpr uint64_t kLargestWalk = uint64_t{1} << 30;

std::optional<MemoryBreakdown> read_breakdown(uint64_t rss, char (&buffer)[4096]) {
  if (rss <= kLargestWalk) return parse_smaps_rollup(read_text("/proc/self/smaps_rollup", buffer));
  const std::string_view status = read_text("/proc/self/status", buffer);
  const auto anonymous = parse_kb_field(status, "RssAnon");
  if (!anonymous) return std::nullopt;
  MemoryBreakdown memory;
  memory.counters_only = true;
  memory.rss = rss;
  memory.anonymous = *anonymous;
  memory.file = parse_kb_field(status, "RssFile").value_or(0);
  memory.shmem = parse_kb_field(status, "RssShmem").value_or(0);
  memory.swap = parse_kb_field(status, "VmSwap").value_or(0);
  memory.locked = parse_kb_field(status, "VmLck").value_or(0);
  return memory;
}

// The file of the mapping that holds this very code.
std::string_view own_file(const MemoryMap& map) {
  const auto here = reinterpret_cast<uintptr_t>(&find_command);
  for (const Mapping& mapping : map.executable) {
    if (here >= mapping.start && here < mapping.limit) return mapping.file.view();
  }
  return {};
}

}  // namespace

std::string_view base_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : after(path, slash + 1);
}

FixedString<16> process_comm() {
  char buffer[64];
  std::string_view name = read_text("/proc/self/comm", buffer);
  if (name.ends_with('\n')) name.remove_suffix(1);
  return FixedString<16>(name);
}

Path program_path() {
  char buffer[1024];
  const long size = sys::call(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", buffer, sizeof buffer);
  if (size <= 0) return {};
  std::string_view path(buffer, static_cast<size_t>(size));
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  return Path(path);
}

void describe_process(const MemoryMap& map, EventRecord& record) {
  utsname names{};
  if (sys::call(SYS_uname, &names) == 0) record.host.assign(names.nodename);
  record.pid = static_cast<int>(sys::call(SYS_getpid));
  record.comm = process_comm();
  record.exe = program_path();
  if (!map.executable.empty() && map.executable[0].file.view() == record.exe.view()) {
    record.build_id = map.executable[0].build_id;
  }
  char buffer[4096];
  if (const auto stat = parse_proc_stat(read_text("/proc/self/stat", buffer))) {
    record.ppid = stat->ppid;
    record.start_us = start_time_us(*stat);
  }
  record.breakdown = read_breakdown(record.rss_bytes, buffer);
  record.cgroup = own_cgroup(real_files());
}

Path find_command(const MemoryMap& map) {
  const std::string_view file = own_file(map);
  const size_t slash = file.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view folder = first(file, slash);
  for (const std::string_view place : {"/holmes", "/../bin/holmes", "/../../bin/holmes"}) {
    Path path(folder);
    if (path.append(place) && is_executable(path)) return path;
  }
  return {};
}

}  // namespace holmes
