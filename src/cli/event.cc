#include "cli/event.h"

#include <cctype>
#include <cmath>
#include <cstdio>

#include "cli/error.h"
#include "cli/file_io.h"

namespace holmes::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kMaxManifestBytes = 4 << 20;

const Json& member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) throw Error(std::string("\"") + key + "\" is missing");
  return *found;
}

std::string text_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_string()) throw Error(std::string("\"") + key + "\" is not a string");
  return value.get<std::string>();
}

double number_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_number()) throw Error(std::string("\"") + key + "\" is not a number");
  return value.get<double>();
}

uint64_t count_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_number_integer() || value.get<int64_t>() < 0) {
    throw Error(std::string("\"") + key + "\" is not a count");
  }
  return value.get<uint64_t>();
}

std::string optional_text(const Json& object, const char* key) {
  return object.contains(key) ? text_of(object, key) : "";
}

// A manifest in a shared folder must not lead anywhere else.
std::string file_name_of(const Json& object) {
  std::string name = text_of(object, "name");
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    throw Error("\"name\" is not the name of a file beside the manifest");
  }
  return name;
}

std::vector<EventFile> files_of(const Json& object) {
  const Json& list = member(object, "files");
  if (!list.is_array()) throw Error("\"files\" is not a list");
  std::vector<EventFile> files;
  for (const Json& entry : list) {
    if (!entry.is_object()) throw Error("\"files\" has an entry that is no object");
    EventFile& file = files.emplace_back();
    file.profile = text_of(entry, "profile");
    file.name = file_name_of(entry);
    file.bytes = count_of(entry, "bytes");
    if (entry.contains("samples")) file.samples = count_of(entry, "samples");
    if (entry.contains("dropped")) file.dropped = count_of(entry, "dropped");
  }
  return files;
}

// The ring; holmes writes the current reading as its last one, and a missing one is added.
std::vector<double> history_of(const Json& object, double current) {
  const Json& list = member(object, "previous");
  if (!list.is_array()) throw Error("\"previous\" is not a list");
  std::vector<double> history;
  for (const Json& value : list) {
    if (!value.is_number()) throw Error("\"previous\" has an entry that is no number");
    history.push_back(value.get<double>());
  }
  const double tolerance = 0.01 * std::max(1.0, std::abs(current));
  if (history.empty() || std::abs(history.back() - current) > tolerance) history.push_back(current);
  return history;
}

void fill(const Json& json, Event& event) {
  if (!json.is_object()) throw Error("it is not an object");
  event.name = text_of(json, "event");
  event.kind = text_of(json, "kind");
  event.reason = text_of(json, "reason");
  event.unit = text_of(json, "unit");
  event.time = text_of(json, "time");
  event.comm = text_of(json, "comm");
  event.pid = static_cast<int64_t>(count_of(json, "pid"));
  event.current = number_of(json, "current");
  event.average = number_of(json, "average");
  event.history = history_of(json, event.current);
  event.host = optional_text(json, "host");
  event.exe = optional_text(json, "exe");
  event.build_id = optional_text(json, "build_id");
  event.files = files_of(json);
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

}  // namespace

Event parse_manifest(const std::string& path, std::string_view text) {
  Event event;
  event.path = path;
  event.folder = folder_of(path);
  try {
    event.json = Json::parse(text);
    fill(event.json, event);
  } catch (const Json::exception& error) {
    throw Error("damaged manifest " + path + ": " + error.what());
  } catch (const Error& error) {
    throw Error("damaged manifest " + path + ": " + error.what());
  }
  return event;
}

Event read_manifest(const std::string& path) {
  return parse_manifest(path, read_whole_file(path, kMaxManifestBytes));
}

bool is_manifest_name(std::string_view name) {
  constexpr std::string_view kEnd = ".json";
  constexpr size_t kTimeSize = std::string_view("20261121T194952.145Z").size();
  if (!name.ends_with(kEnd) || name.size() < kTimeSize + kEnd.size() + 1) return false;
  name.remove_suffix(kEnd.size());
  const bool time = all_digits(name.substr(0, 8)) && name[8] == 'T' &&
                    all_digits(name.substr(9, 6)) && name[15] == '.' &&
                    all_digits(name.substr(16, 3)) && name[19] == 'Z' && name[20] == '-';
  const size_t kind = name.rfind('-');
  if (!time || kind <= kTimeSize) return false;
  const size_t pid = name.rfind('-', kind - 1);
  return pid >= kTimeSize && all_digits(name.substr(pid + 1, kind - pid - 1));
}

std::string value_text(double value, const std::string& unit) {
  char text[64];
  const bool percent = unit == "percent";
  const bool whole = std::abs(value - std::round(value)) < 0.005;
  snprintf(text, sizeof text, "%.*f%s", whole ? 0 : percent ? 1 : 2, value, percent ? "%" : "");
  return text;
}

}  // namespace holmes::cli
