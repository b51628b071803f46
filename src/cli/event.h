// Events on disk: names, manifests, and the draft that becomes one.
//
// Promises: a manifest that parse_manifest() returned has every key that readers use, of the right
// type, and names files of its own folder only.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace holmes::cli {

struct EventFile {
  std::string profile;  // "heap", "cpu", …
  std::string name;
  uint64_t bytes = 0;
  uint64_t samples = 0;
  uint64_t dropped = 0;
};

struct Event {
  std::string path;  // of the manifest
  std::string folder;
  std::string name, kind, reason, unit, time, comm, host, exe, build_id;
  int64_t pid = 0;
  double current = 0;
  double average = 0;
  std::vector<double> history;  // oldest first, the current reading last
  std::vector<EventFile> files;
  nlohmann::ordered_json json;  // all of it, in the order it was written
};

// Throws Error that names the key.
Event parse_manifest(const std::string& path, std::string_view text);
Event read_manifest(const std::string& path);

// Does a file name look like a manifest of ours: <time>-<comm>-<pid>-<kind>.json?
bool is_manifest_name(std::string_view name);

// "83.1%" or "1013".
std::string value_text(double value, const std::string& unit);

// Works out the names of every profile of the draft `<dir>/.EVENT.json.raw`, then publishes the
// files and, last, the manifest, whose path it returns. Throws Error; what is under a final name
// then is complete, and the rest still stands under its raw name.
std::string finish_event(const std::string& draft_path, double deadline_seconds);

}  // namespace holmes::cli
