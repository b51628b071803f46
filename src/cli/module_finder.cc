#include "cli/module_finder.h"

#include <vector>

#include "cli/error.h"
#include "cli/file_io.h"

namespace holmes::cli {

namespace {

std::string debug_file_of(const std::string& build_id) {
  return "/usr/lib/debug/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) + ".debug";
}

bool is_hex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<std::string> candidates(const WantedModule& wanted, pid_t pid) {
  std::vector<std::string> paths;
  const std::string process = "/proc/" + std::to_string(pid);
  const bool has_build_id = wanted.build_id.size() > 2 && is_hex(wanted.build_id);
  // Without a build id nothing tells a replaced file from the one that was mapped.
  const bool trusted = has_build_id || !wanted.deleted;
  // The process's own root first where only the path tells: a container's /usr/lib is not ours.
  if (pid != 0 && trusted && !has_build_id) paths.push_back(process + "/root" + wanted.path);
  if (trusted) paths.push_back(wanted.path);
  if (pid != 0 && has_build_id) paths.push_back(process + "/root" + wanted.path);
  if (pid != 0 && wanted.is_main) paths.push_back(process + "/exe");
  if (has_build_id) paths.push_back(debug_file_of(wanted.build_id));
  return paths;
}

}  // namespace

FoundModule find_module(const WantedModule& wanted, pid_t pid) {
  FoundModule found;
  found.problem = wanted.deleted ? "the file was replaced while it was in use" : "no such file";
  if (wanted.path.empty() || wanted.path[0] != '/') {
    found.problem = "it is not a file";
    return found;
  }
  for (const std::string& path : candidates(wanted, pid)) {
    if (!is_regular_file(path)) continue;
    try {
      auto file = std::make_unique<ElfFile>(path);
      if (!file->is_program()) {
        found.problem = "the file is not a program or library";
      } else if (!wanted.build_id.empty() && file->build_id() != wanted.build_id) {
        found.problem = "the file has another build id than the one that ran";
      } else {
        found.file = std::move(file);
        return found;
      }
    } catch (const Error&) {
      found.problem = "the file cannot be read as ELF";
    }
  }
  return found;
}

}  // namespace holmes::cli
