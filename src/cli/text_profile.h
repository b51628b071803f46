// The text formats: `heap profile: … @ heap_v2/N` and `NAME profile: total N`.
//
// Owns their grammar, as a view: the lines stay the bytes of the file, so that whoever adds to it
// keeps the rest byte for byte. Addresses printed in a group point after the call; the address to
// look up is one less, for every frame (pprof does the same).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/pprof_model.h"

namespace holmes::cli {

// "#	0x…	function+0x1f	/path/file.cc:30"
struct TextFrame {
  uint64_t lookup = 0;
  std::string_view function;  // "" where the line says ??
  std::string_view file;
  int64_t line = 0;
};

struct TextGroup {
  size_t line = 0;                // index of its line
  std::vector<uint64_t> lookups;  // leaf first
  std::vector<int64_t> values;    // in the order of sample_types()
  std::vector<TextFrame> frames;  // the # lines that follow, if any
  size_t frame_lines = 0;         // how many they are
  bool named() const;             // at least one frame has a name
};

struct TextMapping {
  uint64_t start = 0;
  uint64_t limit = 0;
  uint64_t offset = 0;
  std::string_view path;
  bool deleted = false;
};

struct TextProfile {
  std::string kind;                        // "heap", "threads", "threadcreate"
  int64_t period = 0;                      // heap: mean bytes between two samples
  std::vector<std::string_view> lines;     // each with its newline
  std::vector<std::string_view> comments;  // # lines that belong to no group, without "# "
  std::vector<TextGroup> groups;
  size_t map_line = 0;                // of "--- Memory map: ---"; lines.size() where there is none
  std::vector<TextMapping> mappings;  // executable ones
};

bool is_text_profile(std::string_view bytes);

// Views into `bytes`. Throws Error naming the line that is wrong.
TextProfile parse_text_profile(std::string_view bytes);

// As a model, unbiased like pprof does it; frames that the text names are lines of its locations.
PprofModel model_of(const TextProfile& profile);

// gperftools' CPU profile: words, then the text of /proc/self/maps.
bool is_cpu_profile(std::string_view bytes);
PprofModel model_of_cpu_profile(std::string_view bytes);

}  // namespace holmes::cli
