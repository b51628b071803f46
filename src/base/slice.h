// Pieces of text, as views. std::string_view::substr throws beyond the end, and so would pull the
// C++ runtime into the host; these stop at the end.
// Context: any, signal handlers included.
#pragma once

#include <cstddef>
#include <string_view>

namespace holmes {

constexpr std::string_view first(std::string_view text, size_t count) {
  return {text.data(), count < text.size() ? count : text.size()};
}

constexpr std::string_view after(std::string_view text, size_t count) {
  text.remove_prefix(count < text.size() ? count : text.size());
  return text;
}

constexpr bool has_prefix(std::string_view text, std::string_view prefix) {
  return first(text, prefix.size()) == prefix;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Without the blanks around it.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// From `begin` on, `count` characters at most.
constexpr std::string_view slice(std::string_view text, size_t begin, size_t count) {
  return first(after(text, begin), count);
}

// Cuts everything up to the next `separator` off the front of `text`, the separator included, and
// returns what stood before it: the whole text where there is none.
constexpr std::string_view take_until(std::string_view& text, char separator) {
  size_t at = 0;
  while (at < text.size() && text[at] != separator) ++at;
  const std::string_view piece = first(text, at);
  text = after(text, at + 1);
  return piece;
}

}  // namespace holmes
