#include "config/config.h"

#include <sys/syscall.h>

#include "base/slice.h"
#include "base/text.h"
#include "config/variables.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

// getcwd(3) would set errno and may allocate.
void remember_directory(Config& config) {
  char buffer[1024];
  const long size = sys::call(SYS_getcwd, buffer, sizeof buffer);
  if (size < 2 || buffer[0] != '/') return;  // "(unreachable)…" is no path
  config.base_directory.assign({buffer, static_cast<size_t>(size) - 1});
}

void tell(const WarningSink& warn, const ConfigWarning& warning) {
  if (warn.call != nullptr) warn.call(warn.context, warning);
}

void set_default(Config& config, const Variable& variable) {
  Complaint ignored;
  variable.set(config, variable.info.fallback, ignored);
}

void put_masked(std::string_view text, Text& out) {
  constexpr size_t kShown = 128;
  for (const char c : first(text, kShown)) out.put(c >= 0 && c < ' ' ? '?' : c);
  if (text.size() > kShown) out.put("...");
}

}  // namespace

Config default_config() {
  Config config;
  remember_directory(config);
  for (const Variable& variable : variables()) set_default(config, variable);
  return config;
}

bool set_variable(Config& config, std::string_view name, std::string_view value,
                  const WarningSink& warn) {
  const Variable* variable = find_variable(name);
  if (variable == nullptr) return false;
  value = trim(value);
  if (value.empty()) {
    set_default(config, *variable);
    return true;
  }
  Complaint complaint;
  variable->set(config, value, complaint);
  if (complaint.problem.size() == 0) return true;
  std::string_view used = complaint.used;
  if (used.empty()) {
    set_default(config, *variable);
    used = variable->info.fallback.empty() ? variable->empty_default : variable->info.fallback;
  }
  tell(warn, {name, value, complaint.problem.view(), used});
  return true;
}

void print_value(const Config& config, std::string_view name, Text& out) {
  const Variable* variable = find_variable(name);
  if (variable != nullptr) variable->print(config, out);
}

void print_warning(const ConfigWarning& warning, Text& out) {
  put_masked(warning.variable, out);
  out.put(": ");
  if (!warning.value.empty()) {
    out.put("bad value \"");
    put_masked(warning.value, out);
    out.put("\": ");
  }
  out.put(warning.problem).put(", ");
  if (warning.fallback.empty()) {
    out.put("ignored");
  } else {
    out.put("using ").put(warning.fallback);
  }
}

}  // namespace holmes
