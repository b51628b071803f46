#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include <bit>

#include "base/file.h"
#include "base/units.h"
#include "platform/syscall.h"
#include "stats/stats.h"

namespace holmes {
namespace {

constexpr uint64_t kPageBytes = 4096;  // x86-64 has no other base page

// The kernel's clocks by the system call: the C library would go through the vDSO, which the CPU
// clock does not have, and report by errno.
int64_t clock_ns(long clock) {
  timespec time{};
  if (sys::call(SYS_clock_gettime, clock, &time) != 0) return 0;
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

// Between the two clocks the thread may be put off for long, by real-time tasks or by a quota,
// while others of the process run on: their time would count for this interval without the interval
// having grown. The pair that was read closest together is taken; a calm one ends the search.
void read_clocks(Reading& reading) {
  constexpr int64_t kCalm = 50'000;
  constexpr int kTries = 8;
  int64_t narrowest = INT64_MAX;
  for (int i = 0; i < kTries && narrowest > kCalm; ++i) {
    const int64_t before = clock_ns(CLOCK_MONOTONIC);
    const int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    const int64_t width = clock_ns(CLOCK_MONOTONIC) - before;
    if (width >= narrowest) continue;
    narrowest = width;
    reading.time_ns = before;
    reading.cpu_ns = cpu;
  }
}

// 8192 processors: what the kernel can be built for.
struct CpuMask {
  static constexpr size_t kWords = 128;
  uint64_t words[kWords] = {};

  bool read_from(long thread) {
    return sys::call(SYS_sched_getaffinity, thread, sizeof words, words) > 0;
  }
  void add(const CpuMask& other) {
    for (size_t i = 0; i < kWords; ++i) words[i] |= other.words[i];
  }
  bool covers(const CpuMask& other) const {
    for (size_t i = 0; i < kWords; ++i) {
      if ((other.words[i] & ~words[i]) != 0) return false;
    }
    return true;
  }
  uint32_t count() const {
    uint32_t bits = 0;
    for (const uint64_t word : words) bits += static_cast<uint32_t>(std::popcount(word));
    return bits;
  }
};

struct DirectoryEntry {
  uint64_t inode;
  int64_t next;
  uint16_t bytes;
  uint8_t type;
  char name[];
};

// Calls visit(tid) for each of the process's threads until it returns false.
template <typename Visit>
void for_each_thread(Visit visit) {
  const UniqueFd folder = open_file("/proc/self/task", O_RDONLY | O_DIRECTORY);
  alignas(DirectoryEntry) char buffer[4096];
  while (folder.valid()) {
    const long size = sys::call(SYS_getdents64, folder.get(), buffer, sizeof buffer);
    if (size <= 0) return;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
      at += entry->bytes;
      const std::optional<uint64_t> thread = parse_unsigned(entry->name);
      if (thread && !visit(static_cast<long>(*thread))) return;
    }
  }
}

long read_real(void*, const char* path, std::span<char> buffer) { return read_file(path, buffer); }

}  // namespace

FileReader real_files() { return {&read_real, nullptr}; }

uint32_t affinity_cores() {
  const long self = sys::call(SYS_gettid);
  const bool is_first = self == sys::call(SYS_getpid);
  CpuMask own, all;
  own.read_from(0);
  for_each_thread([&](long thread) {
    CpuMask mask;
    if ((thread != self || is_first) && mask.read_from(thread)) all.add(mask);
    // The monitor has the mask that the process was started with, and few threads reach further:
    // mostly one look is enough, however many threads there are.
    return is_first || !all.covers(own);
  });
  const uint32_t cores = all.count() != 0 ? all.count() : own.count();
  return cores == 0 ? 1 : cores;
}

std::optional<Reading> take_reading(uint32_t own_threads) {
  Reading reading;
  read_clocks(reading);
  char buffer[1024];
  const long size = read_file("/proc/self/stat", buffer);
  if (size <= 0) return {};
  const std::optional<ProcStat> stat = parse_proc_stat({buffer, static_cast<size_t>(size)});
  if (!stat) return {};
  reading.rss_bytes = stat->rss_pages * kPageBytes;
  reading.threads = stat->num_threads > own_threads ? stat->num_threads - own_threads : 0;
  return reading;
}

double cpu_percent(const Reading& before, const Reading& now, double cores) {
  const int64_t wall = now.time_ns - before.time_ns;
  const int64_t busy = now.cpu_ns - before.cpu_ns;
  if (wall <= 0 || busy <= 0 || !(cores > 0)) return 0;
  return 100.0 * static_cast<double>(busy) / (static_cast<double>(wall) * cores);
}

}  // namespace holmes
