// The functions of a profile by weight, as `pprof -top` counts: flat is what a function does itself
// (it is the innermost of a stack), cum what happens below it, once per sample.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/pprof_model.h"

namespace holmes::cli {

struct TopRow {
  std::string function;
  int64_t flat = 0;
  int64_t cum = 0;
};

struct Top {
  std::string type;  // "inuse_space"
  std::string unit;
  int64_t total = 0;
  std::vector<TopRow> rows;  // by flat, then cum, largest first
};

// `type`: a sample type's name, or "" for the profile's default (the last, where it names none).
// Throws Error listing the types when there is none of that name.
Top top_of(const PprofModel& model, const std::string& type);

// The first `count` rows as a table with a heading.
std::string top_text(const Top& top, size_t count);

}  // namespace holmes::cli
