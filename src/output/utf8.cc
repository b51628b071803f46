#include "output/utf8.h"

#include <cstdint>

namespace holmes {
namespace {

struct Form {
  size_t length;
  uint32_t bits;   // of the first byte
  uint32_t least;  // below it the form would be overlong
};

Form form_of(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if (first >= 0xC2 && first < 0xE0) return {2, first & 0x1Fu, 0x80};
  if (first >= 0xE0 && first < 0xF0) return {3, first & 0x0Fu, 0x800};
  if (first >= 0xF0 && first < 0xF5) return {4, first & 0x07u, 0x10000};
  return {0, 0, 0};
}

}  // namespace

size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const Form form = form_of(static_cast<unsigned char>(text[0]));
  if (form.length > text.size()) return 0;
  uint32_t code = form.bits;
  for (size_t i = 1; i < form.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte & 0x3Fu);
  }
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return code >= form.least && !surrogate && code <= 0x10FFFF ? form.length : 0;
}

}  // namespace holmes
