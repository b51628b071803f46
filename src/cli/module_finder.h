// Which file on this machine is the one that was mapped.
//
// A path of a profile may mean another root (a container's), may have been replaced since, or may
// be gone: a file counts only when its build id is the one of the profile, where the profile has
// one.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "cli/elf_file.h"

namespace holmes::cli {

struct WantedModule {
  std::string path;
  std::string build_id;  // "": not known; any file of that path will do
  bool deleted = false;  // the path was replaced or removed while it was mapped
  bool is_main = false;  // the program itself, which /proc/<pid>/exe leads to
};

struct FoundModule {
  std::unique_ptr<ElfFile> file;  // nullptr: none
  std::string problem;            // why there is none, as a sentence without the path
};

// `pid`: the process the profile came from, 0 where it is not known.
FoundModule find_module(const WantedModule& wanted, pid_t pid);

}  // namespace holmes::cli
