// The protocol buffer encoding, as much of it as profile.proto needs. A message's length stands
// before it: sizes are computed first, by the *_size functions, and then the fields are streamed,
// so that no message ever has to fit into a buffer. Context: monitor thread. No allocation.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "output/byte_sink.h"

namespace holmes {

constexpr size_t varint_size(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}
// Field numbers of profile.proto are below 16: a tag is one byte.
constexpr size_t int_field_size(uint64_t value) { return value == 0 ? 0 : 1 + varint_size(value); }
constexpr size_t block_field_size(size_t length) { return 1 + varint_size(length) + length; }

class ProtoWriter {
 public:
  explicit ProtoWriter(ByteSink& sink) : out_(sink) {}

  void varint(uint64_t value) {
    reserve(10);
    for (; value >= 0x80; value >>= 7) buffer_[used_++] = static_cast<char>(value | 0x80);
    buffer_[used_++] = static_cast<char>(value);
  }
  // 0 is the default and not written.
  void int_field(unsigned field, uint64_t value) {
    if (value == 0) return;
    varint(field << 3);
    varint(value);
  }
  // The head of a message, string or packed list; `length` bytes must follow.
  void block_field(unsigned field, size_t length) {
    varint(field << 3 | 2);
    varint(length);
  }
  void raw(std::string_view bytes) {
    if (bytes.size() > sizeof buffer_) {
      (void)flush();
      out_.put(bytes);
      return;
    }
    reserve(bytes.size());
    std::memcpy(buffer_ + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  Status flush() {
    out_.put({buffer_, used_});
    used_ = 0;
    return out_.status();
  }

 private:
  void reserve(size_t bytes) {
    if (sizeof buffer_ - used_ < bytes) (void)flush();
  }

  Emitter out_;
  size_t used_ = 0;
  char buffer_[512];
};

}  // namespace holmes
