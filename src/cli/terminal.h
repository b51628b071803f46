// What a person sees: columns, bars, amounts. Text that comes from files is made harmless first: a
// process may carry any bytes in its name, escape sequences included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holmes::cli {

// Control bytes become '?'. UTF-8 passes.
std::string printable(std::string_view text);

std::string padded_left(std::string text, size_t width);
std::string padded_right(std::string text, size_t width);

size_t terminal_width();  // 80 where it is no terminal
bool terminal_has_utf8();

// A bar of up to `cells` cells for value / largest.
std::string bar(double value, double largest, size_t cells, bool utf8);

// "1.00GB", "5.02s", "203": as pprof prints amounts of the unit ("bytes", "nanoseconds", "count").
std::string amount_text(int64_t value, std::string_view unit);
std::string size_text(uint64_t bytes);  // "1.2M"

// Rows of cells, columns aligned; numbers (`right` true) to the right.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace holmes::cli
