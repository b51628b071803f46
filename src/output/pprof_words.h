// The vocabulary of profile.proto: field numbers, the fixed part of the string table, and which
// value types, period and default belong to which kind of profile (as Go's runtime has them).
// Context: any. Included by pprof_proto.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "profile/profile.h"

namespace holmes {

// profile.proto's field numbers.
enum ProfileField : unsigned {
  kSampleType = 1,
  kSample = 2,
  kMapping = 3,
  kLocation = 4,
  kStringTable = 6,
  kTimeNanos = 9,
  kDurationNanos = 10,
  kPeriodType = 11,
  kPeriod = 12,
  kComment = 13,
  kDefaultSampleType = 14,
};

// The string table: these first, then two strings a mapping, three a thread, and the comments, so
// that every index is known without a table of strings.
inline constexpr std::string_view kWords[] = {
    "",
    "count",
    "bytes",
    "nanoseconds",
    "alloc_objects",
    "alloc_space",
    "inuse_objects",
    "space",
    "samples",
    "inuse_space",
    "cpu",
    "threads",
    "thread",
    "state",
    "waiting",
    "tid",
};
inline constexpr size_t kWordCount = std::size(kWords);

consteval uint64_t word(std::string_view text) {
  for (uint64_t i = 0; i < kWordCount; ++i) {
    if (kWords[i] == text) return i;
  }
  __builtin_trap();  // not a constant expression: the word above is missing
}

struct ValueType {
  uint64_t type;
  uint64_t unit;
};
inline constexpr ValueType kHeapTypes[] = {{word("alloc_objects"), word("count")},
                                           {word("alloc_space"), word("bytes")},
                                           {word("inuse_objects"), word("count")},
                                           {word("inuse_space"), word("bytes")}};
inline constexpr ValueType kCpuTypes[] = {{word("samples"), word("count")},
                                          {word("cpu"), word("nanoseconds")}};
inline constexpr ValueType kThreadTypes[] = {{word("threads"), word("count")}};

struct Shape {
  std::span<const ValueType> types;
  ValueType period;
  uint64_t fallback;  // default_sample_type
};

inline Shape shape_of(ProfileKind kind) {
  constexpr ValueType kSpace = {word("space"), word("bytes")};
  switch (kind) {
    case ProfileKind::heap: return {kHeapTypes, kSpace, word("inuse_space")};
    case ProfileKind::cpu: return {kCpuTypes, kCpuTypes[1], word("cpu")};
    case ProfileKind::threads:
    case ProfileKind::threadcreate: break;
  }
  return {kThreadTypes, kThreadTypes[0], word("threads")};
}

}  // namespace holmes
