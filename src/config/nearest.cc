// "Did you mean": the known name at the smallest edit distance.
#include <algorithm>
#include <cstdint>

#include "config/variables.h"

namespace holmes {
namespace {

constexpr size_t kLongestName = 40;
constexpr unsigned kFarthest = 3;  // more edits than this make another word

// Levenshtein, two rows at a time. Both names are at most kLongestName long.
unsigned distance(std::string_view a, std::string_view b) {
  uint8_t row[kLongestName + 1] = {};
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<uint8_t>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    unsigned diagonal = row[0];
    row[0] = static_cast<uint8_t>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const unsigned replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      const unsigned edited = std::min<unsigned>(row[j - 1], row[j]) + 1;
      row[j] = static_cast<uint8_t>(std::min(replaced, edited));
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_variable(std::string_view name) {
  std::string_view nearest;
  unsigned best = kFarthest + 1;
  if (name.size() > kLongestName) return nearest;
  for (const VariableInfo& known : known_variables()) {
    if (known.name.size() > kLongestName) continue;
    const unsigned edits = distance(name, known.name);
    if (edits >= best) continue;
    best = edits;
    nearest = known.name;
  }
  return nearest;
}

}  // namespace holmes
