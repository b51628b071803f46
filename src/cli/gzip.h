// gzip in memory. Leaves files to file_io.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holmes::cli {

bool is_gzip(std::string_view bytes);

// All members, one after the other. Throws Error: truncated, damaged, or more than `cap` bytes
// inside (a small file can hold a very large one).
std::string gunzip(std::string_view bytes, uint64_t cap);

// Deterministic: no name, no time.
std::string gzip(std::string_view bytes);

}  // namespace holmes::cli
