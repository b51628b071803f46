// The UTC calendar without libc: gmtime() and localtime() take the time zone lock.
// Times are microseconds since 1970; what lies outside of 1970 … 9999 is moved to the nearest end,
// so that every printed form has its fixed width. Context: any. No allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/text.h"

namespace holmes {

inline constexpr size_t kCompactTimeSize = 20;

void print_compact_time(int64_t us, Text& out);  // 20261121T194952.145Z, in file names
void print_iso_time(int64_t us, Text& out);      // 2026-11-21T19:49:52.145Z, in manifests
void print_log_time(int64_t us, Text& out);      // 2026-11-21 19:49:52.145

// The exact inverse of print_compact_time; nullopt for anything that it would not have printed.
std::optional<int64_t> parse_compact_time(std::string_view text);

}  // namespace holmes
