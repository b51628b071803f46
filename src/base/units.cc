#include "base/units.h"

#include <cstddef>
#include <span>

#include "base/slice.h"
#include "base/text.h"

namespace holmes {
namespace {

struct Unit {
  std::string_view name;
  uint64_t scale;
};

constexpr Unit kDurations[] = {
    {"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000},
    {"ms", 1'000'000},        {"us", 1'000},         {"ns", 1},
};
constexpr Unit kSizes[] = {
    {"T", uint64_t{1} << 40},
    {"G", uint64_t{1} << 30},
    {"M", uint64_t{1} << 20},
    {"K", uint64_t{1} << 10},
    {"", 1},
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (upper(a[i]) != upper(b[i])) return false;
  }
  return true;
}

// "12.5" as 125 with one decimal: exact until it is scaled, which "0.1" as a double would not be.
struct Number {
  uint64_t digits = 0;
  unsigned decimals = 0;
};

constexpr unsigned kMaxDecimals = 9;

constexpr uint64_t power_of_ten(unsigned exponent) {
  uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

bool take_digit(Number& number, char c) {
  return !__builtin_mul_overflow(number.digits, uint64_t{10}, &number.digits) &&
         !__builtin_add_overflow(number.digits, static_cast<uint64_t>(c - '0'), &number.digits);
}

// Takes "12" or "12.5" off the front of `text`. Digits are wanted on both sides of the point.
std::optional<Number> take_number(std::string_view& text) {
  Number number;
  size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (!take_digit(number, text[at])) return {};
  }
  if (at == 0) return {};
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    for (++at; at < text.size() && is_digit(text[at]); ++at) {
      if (++number.decimals > kMaxDecimals || !take_digit(number, text[at])) return {};
    }
  }
  text.remove_prefix(at);
  return number;
}

// number * scale, cut to a whole; nothing when it is beyond 64 bits.
std::optional<uint64_t> scaled(Number number, uint64_t scale) {
  const auto product = static_cast<unsigned __int128>(number.digits) * scale;
  const auto value = product / power_of_ten(number.decimals);
  if (value > UINT64_MAX) return {};
  return static_cast<uint64_t>(value);
}

std::optional<uint64_t> duration_scale(std::string_view name) {
  for (const Unit& unit : kDurations) {
    if (unit.name == name) return unit.scale;
  }
  return {};
}

std::optional<uint64_t> size_scale(std::string_view name) {
  if (same_word(name, "B")) return 1;
  for (const Unit& unit : kSizes) {
    if (same_word(first(name, unit.name.size()), unit.name)) {
      const std::string_view rest = after(name, unit.name.size());
      const bool is_bytes = rest.empty() || (!unit.name.empty() && same_word(rest, "B")) ||
                            (!unit.name.empty() && same_word(rest, "iB"));
      if (is_bytes) return unit.scale;
    }
  }
  return {};
}

void print_in(std::span<const Unit> units, uint64_t value, Text& out) {
  for (const Unit& unit : units) {
    if (value % unit.scale == 0) {
      out.unum(value / unit.scale).put(unit.name);
      return;
    }
  }
}

}  // namespace

std::optional<int64_t> parse_duration(std::string_view text) {
  if (text == "0") return 0;
  if (text.empty()) return {};
  uint64_t total = 0;
  while (!text.empty()) {  // "1m30s" is one duration, as in the Go tools that read our dumps
    const std::optional<Number> number = take_number(text);
    if (!number) return {};
    size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const std::optional<uint64_t> scale = duration_scale(first(text, letters));
    if (!scale) return {};
    const std::optional<uint64_t> part = scaled(*number, *scale);
    if (!part || __builtin_add_overflow(total, *part, &total) || total > INT64_MAX) return {};
    text.remove_prefix(letters);
  }
  return static_cast<int64_t>(total);
}

std::optional<uint64_t> parse_size(std::string_view text) {
  const std::optional<Number> number = take_number(text);
  if (!number) return {};
  const std::optional<uint64_t> scale = size_scale(text);
  if (!scale || (*scale == 1 && number->decimals != 0)) return {};
  return scaled(*number, *scale);
}

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view word : {"1", "true", "on", "yes"}) {
    if (same_word(text, word)) return true;
  }
  for (const std::string_view word : {"0", "false", "off", "no"}) {
    if (same_word(text, word)) return false;
  }
  return {};
}

std::optional<double> parse_decimal(std::string_view text) {
  const std::optional<Number> number = take_number(text);
  if (!number || !text.empty()) return {};
  return static_cast<double>(number->digits) / static_cast<double>(power_of_ten(number->decimals));
}

std::optional<uint64_t> parse_unsigned(std::string_view text) {
  const std::optional<Number> number = take_number(text);
  if (!number || !text.empty() || number->decimals != 0) return {};
  return number->digits;
}

void print_duration(int64_t ns, Text& out) {
  if (ns == 0) {
    out.put("0s");
    return;
  }
  if (ns < 0) out.put('-');
  print_in(kDurations, ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns), out);
}

void print_size(uint64_t bytes, Text& out) {
  if (bytes == 0) {
    out.put('0');
    return;
  }
  print_in(kSizes, bytes, out);
}

}  // namespace holmes
