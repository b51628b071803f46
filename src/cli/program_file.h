// The program that `run` is to start: where it is, and whether a preloaded library will be in it.
#pragma once

#include <optional>
#include <string>

namespace holmes::cli {

// As execvp() finds it: by PATH unless it has a slash. nullopt: not found.
std::optional<std::string> find_program(const std::string& word);

// Why LD_PRELOAD has no effect on that program, as a sentence; "" when it has.
std::string preload_obstacle(const std::string& path);

}  // namespace holmes::cli
