// Names into a text profile: `#` lines below each group, everything else byte for byte.
#pragma once

#include <string>

#include "cli/symbolizer.h"
#include "cli/text_profile.h"

namespace holmes::cli {

// Groups that have a name already are left alone.
void ask_names(const TextProfile& profile, Symbolizer& symbolizer);
std::string text_with_names(const TextProfile& profile, const Symbolizer& symbolizer);

}  // namespace holmes::cli
