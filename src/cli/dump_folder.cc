#include "cli/dump_folder.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cli/error.h"
#include "cli/event.h"
#include "cli/file_io.h"
#include "config/config.h"

namespace holmes::cli {

namespace {

constexpr std::string_view kManifestEnd = ".json";

// EVENT.PROFILE.EXT -> EVENT.json in the same folder. EXT is "pb.gz" or has no dot.
std::string manifest_beside(const std::string& path) {
  std::string name = name_of(path);
  constexpr std::string_view kBinary = ".pb.gz";
  if (name.ends_with(kBinary)) {
    name.resize(name.size() - kBinary.size());
  } else {
    name.resize(std::min(name.size(), name.rfind('.')));
  }
  name.resize(std::min(name.size(), name.rfind('.')));
  const std::string manifest = folder_of(path) + "/" + name + std::string(kManifestEnd);
  return is_manifest_name(name_of(manifest)) && is_regular_file(manifest) ? manifest : "";
}

}  // namespace

std::string default_dump_folder() { return std::string(load_config(environ, {}).dump_path.view()); }

std::vector<std::string> manifests_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    if (is_manifest_name(entries->path().filename().string())) paths.push_back(entries->path());
  }
  if (error) throw Error("cannot read the folder " + folder + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Wanted find_wanted(const std::string& word, const std::string& folder) {
  if (is_regular_file(word)) {
    if (word.ends_with(kManifestEnd)) return {word, ""};
    return {manifest_beside(word), word};
  }
  const std::string in_folder = folder + "/" + word;
  const std::string manifest = in_folder + std::string(kManifestEnd);
  if (word.find('/') == std::string::npos && is_regular_file(manifest)) return {manifest, ""};
  if (word.find('/') == std::string::npos && is_regular_file(in_folder)) {
    return find_wanted(in_folder, folder);
  }
  throw Error("no event or profile " + word + " here or in " + folder);
}

}  // namespace holmes::cli
