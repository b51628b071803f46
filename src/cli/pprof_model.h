// profile.proto in memory (github.com/google/pprof/proto/profile.proto).
//
// Invariants of a model that parse_pprof() returned or that encode_pprof() may be given:
//  1. Strings are indices into `strings`, all in range; string 0 is "".
//  2. Samples point to locations, lines to functions, locations to mappings by index, all in range;
//     kNone is "no mapping". Ids of the file are gone: encode_pprof() numbers anew from 1.
//  3. Every sample has as many values as there are sample types.
// Everything profile.proto knows is kept; fields it does not know are dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace holmes::cli {

using StringId = uint32_t;
inline constexpr uint32_t kNone = UINT32_MAX;

class StringPool {
 public:
  StringPool() { add(""); }
  StringPool(const StringPool&) = delete;
  StringPool& operator=(const StringPool&) = delete;
  StringPool(StringPool&&) = default;
  StringPool& operator=(StringPool&&) = default;

  StringId add(std::string_view text);  // the same text has the same id
  const std::string& operator[](StringId id) const { return strings_[id]; }
  size_t size() const { return strings_.size(); }

 private:
  std::deque<std::string> strings_;  // never moves: ids_ has views into it
  std::unordered_map<std::string_view, StringId> ids_;
};

struct PprofValueType {
  StringId type = 0;
  StringId unit = 0;
};

struct PprofLabel {
  StringId key = 0;
  StringId text = 0;
  int64_t number = 0;
  StringId unit = 0;
};

struct PprofSample {
  std::vector<uint32_t> locations;  // leaf first
  std::vector<int64_t> values;
  std::vector<PprofLabel> labels;
};

struct PprofMapping {
  uint64_t start = 0;
  uint64_t limit = 0;
  uint64_t offset = 0;
  StringId file = 0;
  StringId build_id = 0;
  bool has_functions = false;
  bool has_filenames = false;
  bool has_line_numbers = false;
  bool has_inline_frames = false;
};

struct PprofLine {
  uint32_t function = 0;
  int64_t line = 0;
  int64_t column = 0;
};

struct PprofLocation {
  uint32_t mapping = kNone;
  uint64_t address = 0;          // to look up: inside of the call, not after it
  std::vector<PprofLine> lines;  // innermost inlined function first
  bool is_folded = false;
};

struct PprofFunction {
  StringId name = 0;
  StringId system_name = 0;
  StringId file = 0;
  int64_t start_line = 0;
};

struct PprofModel {
  StringPool strings;
  std::vector<PprofValueType> sample_types;
  std::vector<PprofSample> samples;
  std::vector<PprofMapping> mappings;
  std::vector<PprofLocation> locations;
  std::vector<PprofFunction> functions;
  StringId drop_frames = 0;
  StringId keep_frames = 0;
  int64_t time_nanos = 0;
  int64_t duration_nanos = 0;
  PprofValueType period_type;
  int64_t period = 0;
  std::vector<StringId> comments;
  StringId default_sample_type = 0;
  StringId doc_url = 0;

  const std::string& text(StringId id) const { return strings[id]; }
};

// From the protobuf bytes (not gzipped). Throws Error that says which part is wrong.
PprofModel parse_pprof(std::string_view bytes);

// To protobuf bytes (not gzipped).
std::string encode_pprof(const PprofModel& model);

// Locations of the same mapping and address become one. Samples keep their stacks.
void merge_equal_locations(PprofModel& model);

// The mapping an address lies in, or kNone.
uint32_t mapping_of(const PprofModel& model, uint64_t address);

}  // namespace holmes::cli
