// One rule at work: its history, its cooldown and whether an event of it is being made.
// Context: monitor thread; no clock of its own, so tests need not sleep.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/config.h"
#include "rule/rule.h"

namespace holmes {

struct Judgement {
  Verdict verdict;
  std::string_view reason;  // "abs" or "diff"; why not otherwise
};

class Watch {
 public:
  void push(double value) { history_.push(value); }
  const Ring& history() const { return history_; }

  // The reading pushed last. `number` counts readings from 1; `over_cpu_max`: no dump of any kind
  // now.
  Judgement judge(const KindConfig& config, const Config& all, uint64_t number, int64_t now_ns,
                  bool over_cpu_max) const;

  void event_started() { busy_ = true; }
  bool busy() const { return busy_; }
  // The cooldown begins now; after a failure the rule waits for one interval only.
  void event_ended(bool succeeded, int64_t now_ns, int64_t cooldown_ns, int64_t interval_ns);

 private:
  Ring history_;
  bool busy_ = false;
  int64_t quiet_until_ns_ = 0;
};

}  // namespace holmes
