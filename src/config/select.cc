// HOLMES_INCLUDE and HOLMES_EXCLUDE.
#include "base/slice.h"
#include "config/config.h"

namespace holmes {
namespace {

// [abc], [a-z], [!a] at the start of `pattern`: how long it is; 0: no such set begins here.
size_t match_set(std::string_view pattern, char c, bool& matched) {
  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (const size_t begin = at; at < pattern.size(); ++at) {
    if (pattern[at] == ']' && at > begin) {
      matched = found != negated;
      return at + 1;
    }
    const char low = pattern[at];
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') at += 2;
    found = found || (low <= c && c <= pattern[at]);
  }
  return 0;
}

// The length of what stands at the start of `pattern` for one character, if `c` is one; else 0.
size_t match_one(std::string_view pattern, char c) {
  if (pattern.empty() || pattern[0] == '*') return 0;
  bool matched = false;
  const size_t set = pattern[0] == '[' ? match_set(pattern, c, matched) : 0;
  if (set != 0) return matched ? set : 0;
  return pattern[0] == '?' || pattern[0] == c ? 1 : 0;
}

// * is any run of characters, ? any one. On a mismatch it goes back to the last *, which is enough
// and keeps the time bounded by pattern × name: no recursion on somebody's environment.
bool matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (const size_t length = match_one(after(pattern, p), name[n]); length != 0) {
      p += length;
      ++n;
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

bool selects(const Config& config, std::string_view executable, std::string_view started_as) {
  const auto is_in = [&](std::string_view patterns) {
    return any_matches(patterns, executable) || any_matches(patterns, started_as);
  };
  return is_in(config.include) && !is_in(config.exclude);
}

}  // namespace holmes
