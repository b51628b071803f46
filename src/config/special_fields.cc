#include "config/special_fields.h"

#include "base/slice.h"
#include "base/units.h"
#include "config/fields.h"

namespace holmes::field {
namespace {

constexpr std::string_view kLogName = "holmes.log";
constexpr size_t kLongestPath = 1023;
constexpr size_t kLongestDumpPath = 800;  // leaves room for the names of an event's files

// "./a//" below /x is /x/a. No link is followed: the folder may not be there yet.
void make_absolute(const Config& config, std::string_view value, size_t most, Path& out,
                   Complaint& complaint) {
  Path whole;
  bool fits = true;
  if (value.front() != '/') {
    if (config.base_directory.empty()) {
      complaint.problem.put("relative, and the current directory is not known");
      return;
    }
    while (has_prefix(value, "./")) value = after(value, 2);
    if (value == ".") value = {};
    whole.assign(config.base_directory);
    if (whole.view() != "/") fits = whole.append("/");
  }
  fits = whole.append(value) && fits;
  std::string_view path = whole.view();
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (!fits) return too_long(most, complaint);
  assign_whole(out, path, most, complaint);
}

void follow_dump_path(Config& config) {
  if (!config.log_in_dump_path) return;
  config.log_target = LogTarget::file;
  config.log_file.assign(config.dump_path);
  if (config.log_file.view() != "/") config.log_file.append("/");
  config.log_file.append(kLogName);
}

void follow_cooldown(Config& config) {
  for (KindConfig& kind : config.kinds) {
    if (!kind.own_cooldown) kind.cooldown_ns = config.cooldown_ns;
  }
}

void log_to(Config& config, LogTarget target) {
  config.log_in_dump_path = false;
  config.log_target = target;
  config.log_file.clear();
}

}  // namespace

void CollectInterval::set(Config& config, std::string_view value, Complaint& complaint) {
  constexpr int64_t kFloor = 10 * kMillisecond;
  const std::optional<int64_t> parsed = duration_within(value, 0, kYear, complaint);
  if (!parsed) return;
  config.collect_interval_ns = *parsed < kFloor ? kFloor : *parsed;
  if (*parsed >= kFloor) return;
  complaint.problem.put("below the floor of 10ms");
  complaint.used = "10ms";
}

void CollectInterval::print(const Config& config, Text& out) {
  print_duration(config.collect_interval_ns, out);
}

void Cooldown::set(Config& config, std::string_view value, Complaint& complaint) {
  Duration<At<&Config::cooldown_ns>>::set(config, value, complaint);
  follow_cooldown(config);
}

void Cooldown::print(const Config& config, Text& out) { print_duration(config.cooldown_ns, out); }

void set_own_cooldown(Config& config, Kind kind, std::string_view value, Complaint& complaint) {
  KindConfig& own = config.of(kind);
  if (value.empty()) {
    own.own_cooldown = false;
    follow_cooldown(config);
    return;
  }
  const std::optional<int64_t> parsed = duration_within(value, 0, kYear, complaint);
  if (!parsed) return;
  own.cooldown_ns = *parsed;
  own.own_cooldown = true;
}

void print_own_cooldown(const Config& config, Kind kind, Text& out) {
  print_duration(config.of(kind).cooldown_ns, out);
}

void CpuMax::set(Config& config, std::string_view value, Complaint& complaint) {
  Decimal<At<&Config::cpu_max>>::set(config, value, complaint);
  config.of(Kind::cpu).rule.max = config.cpu_max;
}

void CpuMax::print(const Config& config, Text& out) { out.decimal(config.cpu_max, 6); }

void DumpPath::set(Config& config, std::string_view value, Complaint& complaint) {
  make_absolute(config, value, kLongestDumpPath, config.dump_path, complaint);
  follow_dump_path(config);
}

void DumpPath::print(const Config& config, Text& out) { out.put(config.dump_path.view()); }

void Log::set(Config& config, std::string_view value, Complaint& complaint) {
  if (value.empty()) {
    config.log_in_dump_path = true;
    follow_dump_path(config);
  } else if (same_word(value, "stderr")) {
    log_to(config, LogTarget::standard_error);
  } else if (same_word(value, "none")) {
    log_to(config, LogTarget::none);
  } else {
    Path file;
    make_absolute(config, value, kLongestPath - 8, file, complaint);  // room for a rotated name
    if (complaint.problem.size() != 0) return;
    log_to(config, LogTarget::file);
    config.log_file = file;
  }
}

void Log::print(const Config& config, Text& out) {
  switch (config.log_target) {
    case LogTarget::file: out.put(config.log_file.view()); return;
    case LogTarget::standard_error: out.put("stderr"); return;
    case LogTarget::none: out.put("none"); return;
  }
}

void ConfigFile::set(Config& config, std::string_view value, Complaint& complaint) {
  if (value.empty()) {
    config.config_file.clear();
    return;
  }
  make_absolute(config, value, kLongestPath, config.config_file, complaint);
}

void ConfigFile::print(const Config& config, Text& out) { out.put(config.config_file.view()); }

void Blackbox::set(Config& config, std::string_view value, Complaint& complaint) {
  const std::optional<bool> spelled = same_word(value, "auto") ? true : parse_bool(value);
  if (spelled) {
    config.blackbox.assign(*spelled ? "auto" : "off");
    return;
  }
  Path folder;
  make_absolute(config, value, 255, folder, complaint);
  if (complaint.problem.size() == 0) config.blackbox.assign(folder);
}

void Blackbox::print(const Config& config, Text& out) { out.put(config.blackbox.view()); }

}  // namespace holmes::field
