// Durations, sizes, booleans and percentages as users write them.
// Context: any. No allocation, no locale.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace holmes {

// "250ms" "5s" "1m" "1h" (also us, ns; a bare number is refused, 0 alone is 0) -> nanoseconds.
std::optional<int64_t> parse_duration(std::string_view text);
// "512K" "64M" "2G" "1T", a bare number is bytes; KB and KiB both mean 1024. -> bytes
std::optional<uint64_t> parse_size(std::string_view text);
// 1/0 true/false on/off yes/no, in any case.
std::optional<bool> parse_bool(std::string_view text);
// "25", "12.5", not negative, without a sign.
std::optional<double> parse_decimal(std::string_view text);
std::optional<uint64_t> parse_unsigned(std::string_view text);

class Text;
void print_duration(int64_t ns, Text& out);  // the largest unit that divides: "5s", "250ms"
void print_size(uint64_t bytes, Text& out);  // "512K", "1G"

}  // namespace holmes
