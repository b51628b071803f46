#include <unistd.h>

#include <iostream>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/config_notes.h"
#include "cli/file_io.h"
#include "cli/terminal.h"
#include "config/config.h"

namespace holmes::cli {

namespace {

void warn(void* context, const ConfigWarning& warning) {
  ++*static_cast<int*>(context);
  TextBuffer<512> line;
  print_warning(warning, line);
  std::cerr << "holmes: " << printable(line.view()) << '\n';
}

Config load(const std::string& file, const WarningSink& sink) {
  if (file.empty()) return load_config(environ, sink);
  Config config = default_config();
  apply_config_text(config, read_whole_file(file, 1 << 20), sink);
  return config;
}

std::string decimal(double value) {
  TextBuffer<64> text;
  text.decimal(value);
  return std::string(text.view());
}

std::string duration(int64_t ns) {
  TextBuffer<64> text;
  print_duration(ns, text);
  return std::string(text.view());
}

const char* watched(Kind kind) {
  switch (kind) {
    case Kind::cpu: return "% of the usable cores";
    case Kind::mem: return "% of the memory limit in RSS";
    case Kind::heap: return "% of the memory limit in live heap";
    case Kind::thread: return " threads";
  }
  return "";
}

void print_rule(const Config& config, Kind kind) {
  const KindConfig& rule = config.of(kind);
  std::cout << padded_right(std::string(kind_name(kind)), 8);
  if (!config.enable || !rule.enabled) {
    std::cout << "off\n";
    return;
  }
  const char* separator = "dump ";
  if (rule.rule.abs > 0) {
    std::cout << separator << "above " << decimal(rule.rule.abs) << watched(kind);
    separator = ", or ";
  }
  if (rule.rule.diff > 0) {
    std::cout << separator << "above " << decimal(rule.rule.min) << watched(kind) << " and "
              << decimal(rule.rule.diff) << "% over the average";
    separator = "";
  }
  if (*separator == 'd') std::cout << "never (abs and diff are 0)";
  if (rule.rule.max > 0) std::cout << ", but not at " << decimal(rule.rule.max) << " or more";
  std::cout << "; then wait " << duration(rule.cooldown_ns) << '\n';
}

void print_values(const Config& config) {
  size_t width = 0;
  for (const VariableInfo& info : known_variables()) width = std::max(width, info.name.size());
  for (const VariableInfo& info : known_variables()) {
    TextBuffer<2048> value;
    print_value(config, info.name, value);
    std::cout << padded_right(std::string(info.name), width + 1)
              << (value.size() == 0 ? "none" : printable(value.view()));
    // Where the default is another variable's value there is none to compare with.
    if (!info.fallback.empty() && value.view() != info.fallback) {
      std::cout << "   (default " << info.fallback << ")";
    }
    std::cout << '\n';
  }
}

int check(const std::string& file) {
  int warnings = 0;
  const Config config = load(file, {warn, &warnings});
  std::cout << "Rules, judged every " << duration(config.collect_interval_ns) << " from reading "
            << config.warmup << " on:\n";
  for (size_t i = 0; i < kKinds; ++i) {
    std::cout << "  ";
    print_rule(config, static_cast<Kind>(i));
  }
  if (config.cpu_max > 0) {
    std::cout << "  no dump of any kind at " << decimal(config.cpu_max) << "% CPU or more\n";
  }
  std::cout << "\nValues in force:\n";
  print_values(config);
  for (const std::string& note : notes_on(config)) {
    std::cerr << "holmes: note: " << printable(note) << '\n';
  }
  return warnings == 0 ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "check", "Validate the HOLMES_* variables and print the rules and values in force");
  const auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "A file of variables instead of the environment");
  command->callback([&action, file] { action = [file] { return check(*file); }; });
}

}  // namespace holmes::cli
