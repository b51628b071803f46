// Addresses of profiles to functions: gathers what is asked, then opens one module after the other.
//
// Use: add() every address of every profile of the event, run() once, then frames_of().
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/deadline.h"
#include "cli/module_symbols.h"

namespace holmes::cli {

// A mapping as a profile has it.
struct MappedModule {
  uint64_t start = 0;
  uint64_t offset = 0;
  std::string path;
  std::string build_id;  // "": not known
  bool deleted = false;

  uint64_t file_offset(uint64_t address) const { return address - start + offset; }
};

// The process that the profile came from; what is not known stays 0 or "".
struct Origin {
  pid_t pid = 0;
  std::string exe;
  std::string build_id;
};

class Symbolizer {
 public:
  Symbolizer(Origin origin, double deadline_seconds);

  // `address`: to look up. Must lie in the mapping.
  void add(const MappedModule& mapping, uint64_t address);
  void run();

  // Innermost first; nullptr where nothing is known.
  const std::vector<Frame>* frames_of(const MappedModule& mapping, uint64_t address) const;
  // Was DWARF read for it? (Then inlined frames are complete.)
  bool has_dwarf(const MappedModule& mapping) const;
  // What could not be named and why, a line each, for the comments of the profile.
  const std::vector<std::string>& notes() const { return notes_; }
  size_t asked() const;
  size_t named() const;

 private:
  struct Module {
    bool deleted = false;
    bool has_dwarf = false;
    uint64_t first_offset = UINT64_MAX;  // the lowest file offset that is mapped
    std::unordered_map<uint64_t, std::vector<Frame>> frames;  // by file offset; empty: not known
  };
  using Key = std::pair<std::string, std::string>;  // path, build id

  std::vector<std::map<Key, Module>::iterator> in_order();
  void run_module(const Key& key, Module& module);
  void resolve(const ElfFile& file, Module& module);
  const Module* module_of(const MappedModule& mapping) const;

  Origin origin_;
  Deadline deadline_;
  std::map<Key, Module> modules_;
  std::vector<std::string> notes_;
};

}  // namespace holmes::cli
