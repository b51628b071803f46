// Values that are right each by itself, and together do not do what who wrote them wants.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace holmes::cli {

// A sentence each. Whether the dump folder can be written is asked for the user of this process.
std::vector<std::string> notes_on(const Config& config);

}  // namespace holmes::cli
