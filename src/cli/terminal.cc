#include "cli/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace holmes::cli {

namespace {

std::string fixed(double value, int decimals) {
  char text[64];
  snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

// Cells on the screen: bytes that continue a UTF-8 character take none.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

struct Unit {
  const char* name;
  double size;
};

std::string scaled(int64_t value, const Unit* first, const Unit* last) {
  const double magnitude = std::abs(static_cast<double>(value));
  const Unit* unit = first;
  while (unit + 1 != last && magnitude >= (unit + 1)->size) ++unit;
  if (value == 0) return "0";
  const double shown = static_cast<double>(value) / unit->size;
  const bool whole = std::abs(shown - std::round(shown)) < 0.005;
  return fixed(shown, whole ? 0 : 2) + unit->name;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  // U+0080..U+009F are control characters too, and some terminals obey them.
  for (size_t i = 0; i + 1 < out.size(); ++i) {
    if (out[i] == '\xc2' && static_cast<unsigned char>(out[i + 1]) < 0xa0)
      out[i] = out[i + 1] = '?';
  }
  return out;
}

std::string padded_left(std::string text, size_t width) {
  const size_t cells = width_of(text);
  if (cells < width) text.insert(0, width - cells, ' ');
  return text;
}

std::string padded_right(std::string text, size_t width) {
  const size_t cells = width_of(text);
  if (cells < width) text.append(width - cells, ' ');
  return text;
}

size_t terminal_width() {
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

bool terminal_has_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = getenv(name);
    if (value == nullptr || value[0] == '\0') continue;
    return strcasestr(value, "utf-8") != nullptr || strcasestr(value, "utf8") != nullptr;
  }
  return false;
}

std::string bar(double value, double largest, size_t cells, bool utf8) {
  if (!(largest > 0) || !(value > 0)) return "";
  const double share = std::min(1.0, value / largest) * static_cast<double>(cells);
  if (!utf8) return std::string(std::max<size_t>(1, static_cast<size_t>(std::round(share))), '#');
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = std::max<size_t>(1, static_cast<size_t>(std::round(share * 8)));
  std::string out;
  for (size_t i = 0; i < eighths / 8; ++i) out += "█";
  return out + kEighths[eighths % 8];
}

std::string amount_text(int64_t value, std::string_view unit) {
  static constexpr Unit kBytes[] = {
      {"B", 1}, {"kB", 1024.0}, {"MB", 1048576.0}, {"GB", 1073741824.0}, {"TB", 1099511627776.0}};
  static constexpr Unit kTime[] = {{"ns", 1},  {"us", 1e3},    {"ms", 1e6},
                                   {"s", 1e9}, {"mins", 60e9}, {"hrs", 3600e9}};
  if (unit == "bytes") return scaled(value, std::begin(kBytes), std::end(kBytes));
  if (unit == "nanoseconds") return scaled(value, std::begin(kTime), std::end(kTime));
  return std::to_string(value);
}

std::string size_text(uint64_t bytes) {
  static constexpr Unit kSizes[] = {
      {"", 1}, {"K", 1024.0}, {"M", 1048576.0}, {"G", 1073741824.0}, {"T", 1099511627776.0}};
  const Unit* unit = kSizes;
  while (unit + 1 != std::end(kSizes) && static_cast<double>(bytes) >= (unit + 1)->size) ++unit;
  const double shown = static_cast<double>(bytes) / unit->size;
  const bool whole = unit == kSizes || std::abs(shown - std::round(shown)) < 0.05;
  return fixed(shown, whole ? 0 : 1) + unit->name;
}

std::string Table::text() const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(width_of(column.title));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string out;
  const auto put_row = [&](auto cell_of) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      std::string cell = cell_of(i);
      out += columns_[i].right ? padded_left(std::move(cell), widths[i])
                               : padded_right(std::move(cell), widths[i]);
      out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  put_row([&](size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) {
    put_row([&](size_t i) { return row[i]; });
  }
  return out;
}

}  // namespace holmes::cli
