// Text of unknown origin (thread names, paths) as valid UTF-8: JSON and proto3 strings allow
// nothing else, and one bad byte in a thread's name must not make a whole dump unreadable. Context:
// any. No allocation.
#pragma once

#include <cstddef>
#include <string_view>

namespace holmes {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the valid UTF-8 character at the start of `text` (1 to 4), 0 where there is none.
// Overlong forms, surrogates and what lies above U+10FFFF are not valid.
size_t utf8_length(std::string_view text);

// Calls fn(std::string_view) for the text piece by piece, one character each; every byte that
// belongs to no valid character becomes one U+FFFD.
template <typename Fn>
void for_each_character(std::string_view text, Fn fn) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    fn(length == 0 ? kReplacement : std::string_view(text.data(), length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace holmes
