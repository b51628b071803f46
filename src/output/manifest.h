// EVENT.json: what triggered an event, what was captured and what it cost.
//
// EventRecord is plain data, filled by the monitor in its Arena (about 8 KiB); the writer only
// prints. Keys of the contract are always there; what a process does not have ("cgroup",
// "build_id") is "". Beyond the contract: memory.* from smaps_rollup, "threads", "allocator",
// "symbolized", "notes", and in drafts "decided_ns", from which whoever finishes the event computes
// write_us. Context: monitor thread. No allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/fixed_string.h"
#include "output/byte_sink.h"
#include "output/event_name.h"
#include "profile/profile.h"
#include "rule/kind.h"
#include "rule/ring.h"
#include "rule/rule.h"
#include "stats/stats.h"

namespace holmes {

// A list of at most N; what does not fit is refused.
template <typename T, size_t N>
class BoundedList {
 public:
  // A place at the end, or nullptr when there is none.
  T* add() { return size_ < N ? &items_[size_++] : nullptr; }
  size_t size() const { return size_; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  T items_[N] = {};
  size_t size_ = 0;
};

// Why there is an event. The rule knows the first two.
enum class EventReason : uint8_t { abs, diff, surge, manual, recovered };
std::string_view event_reason_name(EventReason reason);

struct FileRecord {
  ProfileKind profile = ProfileKind::heap;
  FileName name;  // the final one
  uint64_t bytes = 0;
  uint64_t samples = 0;
  uint64_t dropped = 0;
};

struct AllocatorFigure {
  FixedString<47> name;
  uint64_t value = 0;
};

struct EventRecord {
  EventName event;
  Kind kind = Kind::cpu;
  EventReason reason = EventReason::abs;
  double current = 0;
  double average = 0;
  Ring history;  // the current reading last
  Rule rule;
  uint64_t limit_memory_bytes = 0;
  double limit_cpu_cores = 0;
  int64_t decided_us = 0;  // CLOCK_REALTIME of the decision: "time"
  int64_t decided_ns = 0;  // CLOCK_MONOTONIC of the decision: durations begin here

  FixedString<64> host;
  int pid = 0;
  int ppid = 0;
  FixedString<16> comm;  // as it is; the event's name has it made safe
  Path exe;
  FixedString<64> build_id;
  int64_t start_us = 0;  // the process's start, CLOCK_REALTIME
  Path cgroup;
  uint32_t threads = 0;

  uint64_t rss_bytes = 0;
  uint64_t live_heap_bytes = 0;  // by estimate; 0 where the heap is not sampled
  std::optional<MemoryBreakdown> breakdown;
  FixedString<31> allocator;  // "glibc", "jemalloc", …; empty: unknown
  BoundedList<AllocatorFigure, 32> figures;

  BoundedList<FileRecord, 4> files;
  int64_t capture_us = 0;
  int64_t max_pause_us = 0;
  int64_t write_us = 0;
  bool symbolized = false;
  BoundedList<FixedString<191>, 8> notes;  // for people: "the program's malloc cannot be seen"
};

// draft: "decided_ns" is there and "symbolized" is false, whatever the record says.
enum class ManifestForm : uint8_t { draft, finished };

Status write_manifest(const EventRecord& record, ManifestForm form, ByteSink& sink);

}  // namespace holmes
