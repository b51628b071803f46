#include "output/gzip_stored.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace holmes {
namespace {

constexpr uint32_t kPolynomial = 0xEDB88320u;

// table[k][b]: the CRC of byte b followed by k zero bytes, so that four bytes go in one step.
constexpr auto make_tables() {
  std::array<std::array<uint32_t, 256>, 4> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[0][byte] = crc;
  }
  for (size_t k = 1; k < 4; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = table[k - 1][byte];
      table[k][byte] = (before >> 8) ^ table[0][before & 0xFF];
    }
  }
  return table;
}
constexpr auto kTables = make_tables();

void put_le(char* at, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

uint32_t crc32(uint32_t crc, std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  crc = ~crc;
  for (; end - at >= 4; at += 4) {
    crc ^= at[0] | uint32_t{at[1]} << 8 | uint32_t{at[2]} << 16 | uint32_t{at[3]} << 24;
    crc = kTables[3][crc & 0xFF] ^ kTables[2][(crc >> 8) & 0xFF] ^ kTables[1][(crc >> 16) & 0xFF] ^
          kTables[0][crc >> 24];
  }
  for (; at != end; ++at) crc = (crc >> 8) ^ kTables[0][(crc ^ *at) & 0xFF];
  return ~crc;
}

GzipStoredSink::GzipStoredSink(ByteSink& out, std::span<char> block)
    : ByteSink(&take), out_(out), block_(block.first(std::min(block.size(), kMaxBlock))) {}

Status GzipStoredSink::take(ByteSink& base, std::string_view bytes) {
  auto& self = static_cast<GzipStoredSink&>(base);
  while (!bytes.empty()) {
    if (self.used_ == self.block_.size()) self.flush(false);
    const size_t count = std::min(bytes.size(), self.block_.size() - self.used_);
    std::memcpy(self.block_.data() + self.used_, bytes.data(), count);
    self.used_ += count;
    bytes.remove_prefix(count);
  }
  return self.out_.status();
}

void GzipStoredSink::flush(bool last) {
  if (!started_) {
    // Deflate, no flags, no time (the profile has its own), no level, written on Unix.
    out_.put(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10));
    started_ = true;
  }
  const std::string_view data(block_.data(), used_);
  char header[5] = {static_cast<char>(last ? 1 : 0)};
  put_le(header + 1, static_cast<uint32_t>(used_), 2);
  put_le(header + 3, ~static_cast<uint32_t>(used_), 2);
  out_.put({header, sizeof header});
  out_.put(data);
  crc_ = crc32(crc_, data);
  length_ += static_cast<uint32_t>(used_);
  used_ = 0;
}

Status GzipStoredSink::finish() {
  flush(true);
  char trailer[8];
  put_le(trailer, crc_, 4);
  put_le(trailer + 4, length_, 4);
  out_.put({trailer, sizeof trailer});
  return out_.status();
}

}  // namespace holmes
