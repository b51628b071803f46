// The log line of one judged reading, as the contract spells it:
//
//   pprof thread, config_min : 10, config_diff : 25, config_abs : 100, config_max : 0,
//   previous : [8 8 8 1013], current : 1013, reason : abs, file : /tmp/A.threads.txt,/tmp/A.json
//
// (one line). NODUMP replaces pprof where nothing is dumped; then the reason says why not, and
// there is no file. Context: monitor thread. No allocation.
#pragma once

#include <span>
#include <string_view>

#include "base/text.h"
#include "rule/kind.h"
#include "rule/ring.h"
#include "rule/rule.h"

namespace holmes {

struct Decision {
  Kind kind = Kind::cpu;
  const Rule* rule = nullptr;
  const Ring* history = nullptr;  // the current reading last
  std::string_view reason;  // "abs", "diff"; for NODUMP "none", "max", "cooldown", "warmup", …
};

// `files`: full paths of all the event's files; none: the line ends with the reason.
void print_dump_line(const Decision& decision, std::span<const std::string_view> files, Text& out);
void print_nodump_line(const Decision& decision, Text& out);

}  // namespace holmes
