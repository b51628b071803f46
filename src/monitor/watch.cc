#include "monitor/watch.h"

namespace holmes {

Judgement Watch::judge(const KindConfig& config, const Config& all, uint64_t number, int64_t now_ns,
                       bool over_cpu_max) const {
  Judgement result;
  result.verdict.current = history_.current();
  result.verdict.average = history_.previous_mean();
  if (number < all.warmup) {
    result.reason = "warmup";
  } else if (busy_) {
    result.reason = "dumping";
  } else if (now_ns < quiet_until_ns_) {
    result.reason = "cooldown";
  } else if (over_cpu_max) {
    result.reason = "cpu_max";
  } else {
    result.verdict = holmes::judge(config.rule, history_);
    result.reason = reason_name(result.verdict.reason);
  }
  return result;
}

void Watch::event_ended(bool succeeded, int64_t now_ns, int64_t cooldown_ns, int64_t interval_ns) {
  busy_ = false;
  // A retry "after one interval" is the reading after next at the earliest: half an interval of
  // slack keeps a reading that comes a little early from missing its turn.
  quiet_until_ns_ = now_ns + (succeeded ? cooldown_ns : interval_ns / 2);
}

}  // namespace holmes
