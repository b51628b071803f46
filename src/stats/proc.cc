#include <algorithm>

#include "base/slice.h"
#include "base/units.h"
#include "stats/stats.h"

namespace holmes {
namespace {

// Fields of /proc/PID/stat by number, as proc(5) counts them.
enum : unsigned {
  kState = 3,
  kParent = 4,
  kUserTime = 14,
  kSystemTime = 15,
  kThreads = 20,
  kStartTime = 22,
  kVirtualSize = 23,
  kResidentPages = 24,
};

struct Field {
  unsigned number;
  uint64_t* value;
};

// `text` starts with field 3. False when it ends before the last field asked for.
bool read_fields(std::string_view text, std::string_view& state, std::span<const Field> wanted) {
  unsigned number = kState;
  state = take_until(text, ' ');
  for (const Field& field : wanted) {
    std::string_view word;
    for (; number < field.number; ++number) word = take_until(text, ' ');
    const std::optional<uint64_t> value = parse_unsigned(trim(word));
    if (!value) return false;
    *field.value = *value;
  }
  return state.size() == 1;
}

uint64_t kb_field_or_zero(std::string_view text, std::string_view name) {
  return parse_kb_field(text, name).value_or(0);
}

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');  // the last one: the comm may hold ") R 1 ("
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  ProcStat stat;
  stat.comm.assign(first(after(text, open + 1), close - open - 1));
  uint64_t parent = 0, threads = 0;
  const Field wanted[] = {{kParent, &parent},
                          {kUserTime, &stat.utime_ticks},
                          {kSystemTime, &stat.stime_ticks},
                          {kThreads, &threads},
                          {kStartTime, &stat.start_ticks},
                          {kVirtualSize, &stat.vsize_bytes},
                          {kResidentPages, &stat.rss_pages}};
  std::string_view state;
  text = after(text, close + 2);
  if (!read_fields(take_until(text, '\n'), state, wanted)) return {};
  stat.state = state.front();
  stat.ppid = static_cast<int32_t>(parent);
  stat.num_threads = static_cast<uint32_t>(threads);
  return stat;
}

std::optional<uint64_t> parse_kb_field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view value = take_until(text, '\n');
    if (!has_prefix(value, name) || first(after(value, name.size()), 1) != ":") continue;
    value = trim(after(value, name.size() + 1));
    const std::optional<uint64_t> kilobytes = parse_unsigned(take_until(value, ' '));
    uint64_t bytes = 0;
    if (!kilobytes || trim(value) != "kB") return {};
    if (__builtin_mul_overflow(*kilobytes, uint64_t{1024}, &bytes)) return {};
    return bytes;
  }
  return {};
}

std::optional<MemoryBreakdown> parse_smaps_rollup(std::string_view text) {
  const std::optional<uint64_t> rss = parse_kb_field(text, "Rss");
  if (!rss) return {};
  MemoryBreakdown memory;
  memory.rss = *rss;
  memory.pss = kb_field_or_zero(text, "Pss");
  memory.anonymous = std::min(memory.rss, kb_field_or_zero(text, "Anonymous"));
  memory.shmem = std::min(memory.rss - memory.anonymous, kb_field_or_zero(text, "Pss_Shmem"));
  memory.file = memory.rss - memory.anonymous - memory.shmem;
  memory.swap = kb_field_or_zero(text, "Swap");
  memory.locked = kb_field_or_zero(text, "Locked");
  memory.private_dirty = kb_field_or_zero(text, "Private_Dirty");
  memory.private_clean = kb_field_or_zero(text, "Private_Clean");
  memory.shared_dirty = kb_field_or_zero(text, "Shared_Dirty");
  memory.shared_clean = kb_field_or_zero(text, "Shared_Clean");
  memory.huge = kb_field_or_zero(text, "AnonHugePages");
  return memory;
}

}  // namespace holmes
