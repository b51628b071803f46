#include "rule/rule.h"

namespace holmes {
namespace {

// With a rounding margin: the mean of equal readings can come out a hair below them, and a series
// that never moves must not look like a rise.
bool rises(double current, double average, double diff) {
  const double bound = average * (1 + diff / 100);
  return current > bound + bound * 1e-12;
}

Reason reason_for(const Rule& rule, const Ring& history, double average) {
  const double current = history.current();
  if (rule.max > 0 && current >= rule.max) return Reason::max;
  if (rule.abs > 0 && current > rule.abs) return Reason::abs;
  const bool has_average = history.size() > 1;
  if (rule.diff > 0 && has_average && current > rule.min && rises(current, average, rule.diff)) {
    return Reason::diff;
  }
  return Reason::none;
}

}  // namespace

std::string_view reason_name(Reason reason) {
  switch (reason) {
    case Reason::none: return "none";
    case Reason::diff: return "diff";
    case Reason::abs: return "abs";
    case Reason::max: return "max";
  }
  return "";
}

Verdict judge(const Rule& rule, const Ring& history) {
  if (history.size() == 0) return {};
  const double average = history.previous_mean();
  const Reason reason = reason_for(rule, history, average);
  const bool dump = reason == Reason::diff || reason == Reason::abs;
  return {dump, reason, history.current(), average};
}

}  // namespace holmes
