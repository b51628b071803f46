// Names into a profile.proto model.
#pragma once

#include "cli/pprof_model.h"
#include "cli/symbolizer.h"

namespace holmes::cli {

// Gives every location its mapping, and makes one of those that are the same.
void prepare_model(PprofModel& model);

// Only locations without lines are asked for and changed. Mappings say what is known of them, so
// that pprof does not try again; what is not known is said in comments.
void ask_names(const PprofModel& model, Symbolizer& symbolizer);
void set_names(PprofModel& model, const Symbolizer& symbolizer);

}  // namespace holmes::cli
