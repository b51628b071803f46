#include <algorithm>
#include <filesystem>
#include <iostream>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "cli/commands.h"
#include "cli/dump_folder.h"
#include "cli/error.h"
#include "cli/event.h"
#include "cli/terminal.h"

namespace holmes::cli {

namespace {

struct Options {
  std::string folder;
  bool json = false;
};

// Damaged ones are named on stderr and counted.
std::vector<Event> read_events(const std::string& folder, int& damaged) {
  std::vector<Event> events;
  for (const std::string& path : manifests_in(folder)) {
    try {
      events.push_back(read_manifest(path));
    } catch (const Error& error) {
      std::cerr << "holmes: " << printable(error.what()) << '\n';
      ++damaged;
    }
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  return events;
}

std::string files_text(const Event& event) {
  std::string text;
  for (const EventFile& file : event.files) {
    if (!text.empty()) text += ", ";
    text += printable(file.name) + " (" + size_text(file.bytes) + ")";
  }
  return text;
}

void print_table(const std::vector<Event>& events) {
  Table table({{"TIME", false},
               {"COMM", false},
               {"PID", true},
               {"KIND", false},
               {"REASON", false},
               {"CURRENT", true},
               {"FILES", false}});
  for (const Event& event : events) {
    std::string current = value_text(event.current, event.unit);
    if (event.unit != "percent") current += " " + printable(event.unit);
    table.add({printable(event.time), printable(event.comm), std::to_string(event.pid),
               printable(event.kind), printable(event.reason), current, files_text(event)});
  }
  std::cout << table.text();
}

void print_json(const std::vector<Event>& events) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Event& event : events) {
    list.push_back(event.json);
    list.back()["manifest"] = event.path;
  }
  std::cout << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

int list(const Options& options) {
  int damaged = 0;
  const std::string folder = options.folder.empty() ? default_dump_folder() : options.folder;
  const std::vector<Event> events = read_events(folder, damaged);
  if (options.json) {
    print_json(events);
  } else if (!events.empty()) {
    print_table(events);
  } else if (damaged == 0) {
    std::cerr << "holmes: no events in " << folder << '\n';
  }
  return damaged == 0 ? 0 : 1;
}

}  // namespace

void add_ls(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("ls", "List the events of a folder, oldest first");
  const auto options = std::make_shared<Options>();
  command->add_option("DIR", options->folder, "Default: HOLMES_DUMP_PATH, or /tmp");
  command->add_flag("--json", options->json, "The manifests as a JSON list");
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

}  // namespace holmes::cli
