#include <stdlib.h>

#include <algorithm>
#include <iostream>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "cli/commands.h"
#include "cli/dump_folder.h"
#include "cli/error.h"
#include "cli/event.h"
#include "cli/file_io.h"
#include "cli/name_model.h"
#include "cli/profile_file.h"
#include "cli/terminal.h"
#include "cli/top_table.h"

namespace holmes::cli {

namespace {

constexpr double kNamingSeconds = 20;

struct Options {
  std::string word;
  std::string folder;
  std::string type;
  size_t rows = 20;
};

void fact(const std::string& name, const std::string& value) {
  if (!value.empty()) std::cout << "  " << padded_right(name, 12) << printable(value) << '\n';
}

std::string rule_text(const nlohmann::ordered_json& rule) {
  std::string text;
  for (const char* name : {"min", "diff", "abs", "max"}) {
    const auto found = rule.is_object() ? rule.find(name) : rule.end();
    if (found == rule.end() || !found->is_number()) continue;
    text +=
        (text.empty() ? "" : "  ") + std::string(name) + " " + value_text(found->get<double>(), "");
  }
  return text;
}

// A number of the manifest, where it is one.
std::string number_text(const nlohmann::ordered_json& json, const char* key, bool bytes) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  if (found == json.end() || !found->is_number()) return "";
  if (bytes && found->is_number_unsigned()) return size_text(found->get<uint64_t>());
  return value_text(found->get<double>(), "");
}

const nlohmann::ordered_json& part(const Event& event, const char* key) {
  static const nlohmann::ordered_json kNothing = nlohmann::ordered_json::object();
  const auto found = event.json.find(key);
  return found == event.json.end() ? kNothing : *found;
}

void print_trigger(const Event& event) {
  const std::string unit = event.unit == "percent" ? "" : " " + event.unit;
  std::cout << printable(event.name) << "\n\n";
  fact("trigger", event.kind + ", reason " + event.reason);
  fact("current", value_text(event.current, event.unit) + unit);
  fact("average", value_text(event.average, event.unit) + unit);
  fact("rule", rule_text(part(event, "rule")));
  std::string limit = number_text(part(event, "limit"), "memory_bytes", true);
  if (!limit.empty()) limit += " memory";
  const std::string cores = number_text(part(event, "limit"), "cpu_cores", false);
  if (!cores.empty()) limit += (limit.empty() ? "" : ", ") + cores + " cores";
  fact("limit", limit);
}

void print_history(const Event& event) {
  std::cout << "\nhistory, oldest first:\n";
  const double largest = *std::max_element(event.history.begin(), event.history.end());
  std::vector<std::string> values;
  size_t width = 0;
  for (const double value : event.history) {
    values.push_back(value_text(value, event.unit));
    width = std::max(width, values.back().size());
  }
  const size_t room = std::min<size_t>(60, terminal_width() - std::min<size_t>(width + 16, 60));
  for (size_t i = 0; i < values.size(); ++i) {
    std::cout << "  " << padded_left(values[i], width) << " |"
              << bar(event.history[i], largest, room, terminal_has_utf8())
              << (i + 1 == values.size() ? "  <- now" : "") << '\n';
  }
}

std::string microseconds(const Event& event, const char* key) {
  const auto found = event.json.find(key);
  if (found == event.json.end() || !found->is_number_integer()) return "";
  return found->get<int64_t>() == 0 ? "0"
                                    : amount_text(found->get<int64_t>() * 1000, "nanoseconds");
}

void print_facts(const Event& event) {
  std::cout << '\n';
  fact("time", event.time);
  fact("process", event.comm + ", pid " + std::to_string(event.pid));
  fact("host", event.host);
  fact("exe", event.exe);
  fact("build id", event.build_id);
  const auto cgroup = event.json.find("cgroup");
  if (cgroup != event.json.end() && cgroup->is_string()) fact("cgroup", cgroup->get<std::string>());
  fact("rss", number_text(part(event, "memory"), "rss_bytes", true));
  fact("live heap", number_text(part(event, "memory"), "live_heap_bytes", true));
  fact("capture", microseconds(event, "capture_us"));
  fact("max pause", microseconds(event, "max_pause_us"));
  fact("write", microseconds(event, "write_us"));
  for (const auto& note : part(event, "notes")) {
    if (note.is_string()) fact("note", note.get<std::string>());
  }
}

PprofModel load_model(const std::string& path, const Origin& origin) {
  try {
    ProfileFile file(read_whole_file(path));
    const std::string program = file.program();
    PprofModel model = file.take_model();
    Symbolizer symbolizer({origin.pid, origin.exe.empty() ? program : origin.exe, origin.build_id},
                          kNamingSeconds);
    ask_names(model, symbolizer);
    symbolizer.run();
    set_names(model, symbolizer);
    return model;
  } catch (const Error& error) {
    throw Error(path + ": " + error.what());
  }
}

void print_profile(const std::string& path, const Options& options, const EventFile* file,
                   const Origin& origin) {
  const PprofModel model = load_model(path, origin);
  std::cout << '\n' << printable(name_of(path)) << '\n';
  for (const StringId comment : model.comments) {
    std::cout << "  note: " << printable(model.text(comment)) << '\n';
  }
  if (file != nullptr && file->dropped != 0) {
    std::cout << "  note: " << file->dropped << " samples were dropped; the values are too small\n";
  }
  // Of several profiles only some have the values asked for; one alone must.
  std::cout << top_text(top_of(model, options.type), options.rows);
}

void print_event(const Wanted& wanted, const Options& options) {
  const Event event = read_manifest(wanted.manifest);
  print_trigger(event);
  print_history(event);
  print_facts(event);
  // Names are looked up in the process's own root only where it still is that process; the build id
  // decides.
  const Origin origin{0, event.exe, event.build_id};
  for (const EventFile& file : event.files) {
    const bool chosen = wanted.profile.empty() || name_of(wanted.profile) == file.name;
    if (chosen) print_profile(event.folder + "/" + file.name, options, &file, origin);
  }
}

int show(const Options& options) {
  setenv("DEBUGINFOD_URLS", "", 1);  // never the network
  const std::string folder = options.folder.empty() ? default_dump_folder() : options.folder;
  const Wanted wanted = find_wanted(options.word, folder);
  if (wanted.manifest.empty()) {
    print_profile(wanted.profile, options, nullptr, {});
  } else {
    print_event(wanted, options);
  }
  return 0;
}

}  // namespace

void add_show(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("show", "Print an event's trigger, history and the top of its profiles");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("EVENT", options->word,
                   "A profile, a manifest, or the name of an event in the dump folder")
      ->required();
  command->add_option("--dir", options->folder,
                      "Where events are; default: HOLMES_DUMP_PATH, or /tmp");
  command->add_option("-n,--rows", options->rows, "Functions to list")->capture_default_str();
  command->add_option("--values", options->type,
                      "Which values to count, such as alloc_space; default: the profile's own");
  command->callback([&action, options] { action = [options] { return show(*options); }; });
}

}  // namespace holmes::cli
