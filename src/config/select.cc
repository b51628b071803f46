// HOLMES_INCLUDE and HOLMES_EXCLUDE.
#include "base/slice.h"
#include "config/config.h"

namespace holmes {
namespace {

// * is any run of characters, ? any one. On a mismatch it goes back to the last *, which is enough
// and keeps the time bounded by pattern × name: no recursion on somebody's environment.
bool matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool any_matches(std::string_view patterns, std::string_view name) {
  while (!patterns.empty()) {
    const std::string_view pattern = trim(take_until(patterns, ','));
    if (!pattern.empty() && matches(pattern, name)) return true;
  }
  return false;
}

}  // namespace

bool selects(const Config& config, std::string_view executable_name) {
  return any_matches(config.include, executable_name) &&
         !any_matches(config.exclude, executable_name);
}

}  // namespace holmes
