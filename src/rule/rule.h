// The rule: is this reading a spike? A pure function.
//
//   current >= max (where max > 0)                          no dump
//   current >  abs (where abs > 0)                          dump, reason abs
//   current >  min and current > avg * (1 + diff / 100)     dump, reason diff (where diff > 0)
//
// `avg` is the mean of the readings before the current one; without any, there is no avg and the
// diff half does not match.
// Context: any. Floating point throughout, never cut to whole percent.
#pragma once

#include <cstdint>
#include <string_view>

#include "rule/ring.h"

namespace holmes {

struct Rule {
  double min = 0;   // percent, or threads
  double diff = 0;  // percent above the average; 0: this half is off
  double abs = 0;   // 0: this half is off
  double max = 0;   // 0: no limit
};

enum class Reason : uint8_t { none, diff, abs, max };

// none: "none", max: "max" (the reading is at or above it), as logged at level debug.
std::string_view reason_name(Reason reason);

struct Verdict {
  bool dump = false;
  Reason reason = Reason::none;
  double current = 0;
  double average = 0;  // of the readings before; 0 where there is none
};

// `history` has the current reading as its last one. An empty history never dumps.
Verdict judge(const Rule& rule, const Ring& history);

}  // namespace holmes
