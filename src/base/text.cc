#include "base/text.h"

namespace holmes {

Text& Text::put(std::string_view text) {
  const size_t room = buffer_.size() - size_;
  const size_t count = text.size() < room ? text.size() : room;
  for (size_t i = 0; i < count; ++i) buffer_[size_ + i] = text[i];
  size_ += count;
  if (count != text.size()) truncated_ = true;
  return *this;
}

Text& Text::unum(uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do {
    digits[--at] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return put({digits + at, sizeof digits - at});
}

Text& Text::num(int64_t value) {
  if (value >= 0) return unum(static_cast<uint64_t>(value));
  return put('-').unum(0 - static_cast<uint64_t>(value));
}

Text& Text::hex(uint64_t value) {
  char digits[16];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value != 0);
  return put({digits + at, sizeof digits - at});
}

Text& Text::padded(uint64_t value, unsigned width) {
  uint64_t limit = 10;
  for (unsigned digits = 1; digits < width; ++digits, limit *= 10) {
    if (value < limit) {
      for (unsigned zeros = digits; zeros < width; ++zeros) put('0');
      break;
    }
  }
  return unum(value);
}

Text& Text::decimal(double value, unsigned decimals) {
  if (!(value > -9e18 && value < 9e18)) return put('0');
  if (value < 0) {
    put('-');
    value = -value;
  }
  uint64_t scale = 1;
  for (unsigned i = 0; i < decimals && i < 9; ++i) scale *= 10;
  uint64_t whole = static_cast<uint64_t>(value);
  uint64_t part = static_cast<uint64_t>(
      (value - static_cast<double>(whole)) * static_cast<double>(scale) + 0.5);
  if (part >= scale) {
    whole += 1;
    part -= scale;
  }
  unum(whole);
  if (part == 0) return *this;
  put('.');
  for (scale /= 10; part != 0; scale /= 10) {
    put(static_cast<char>('0' + part / scale));
    part %= scale;
  }
  return *this;
}

}  // namespace holmes
