#include "output/decision_line.h"

namespace holmes {
namespace {

void print(std::string_view verdict, const Decision& decision, Text& out) {
  const Rule& rule = *decision.rule;
  const Ring& history = *decision.history;
  out.put(verdict).put(' ').put(kind_name(decision.kind));
  out.put(", config_min : ").decimal(rule.min).put(", config_diff : ").decimal(rule.diff);
  out.put(", config_abs : ").decimal(rule.abs).put(", config_max : ").decimal(rule.max);
  out.put(", previous : [");
  for (size_t i = 0; i < history.size(); ++i) out.put(i == 0 ? "" : " ").decimal(history[i]);
  out.put("], current : ").decimal(history.current());
  out.put(", reason : ").put(decision.reason);
}

}  // namespace

void print_dump_line(const Decision& decision, std::span<const std::string_view> files, Text& out) {
  print("pprof", decision, out);
  if (!files.empty()) out.put(", file : ");
  for (size_t i = 0; i < files.size(); ++i) out.put(i == 0 ? "" : ",").put(files[i]);
}

void print_nodump_line(const Decision& decision, Text& out) { print("NODUMP", decision, out); }

}  // namespace holmes
