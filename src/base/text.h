// Builds text into a buffer that the caller owns. Never writes past it: what does not fit is cut
// and `truncated()` says so. No allocation, no locale, no stdio.
// Context: any, signal handlers included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace holmes {

class Text {
 public:
  explicit Text(std::span<char> buffer) : buffer_(buffer) {}

  Text& put(std::string_view text);
  Text& put(char c) { return put(std::string_view(&c, 1)); }
  Text& num(int64_t value);
  Text& unum(uint64_t value);
  Text& hex(uint64_t value);                     // 1f, without 0x
  Text& padded(uint64_t value, unsigned width);  // leading zeros
  // At most `decimals` (0 to 9) places, trailing zeros dropped: 4 -> "4", 83.104 -> "83.1".
  // NaN and infinities are written as 0: JSON has no word for them.
  Text& decimal(double value, unsigned decimals = 2);

  std::string_view view() const { return {buffer_.data(), size_}; }
  size_t size() const { return size_; }
  bool truncated() const { return truncated_; }
  void clear() {
    size_ = 0;
    truncated_ = false;
  }

 private:
  std::span<char> buffer_;
  size_t size_ = 0;
  bool truncated_ = false;
};

// A Text that brings its own buffer.
template <size_t N>
class TextBuffer : public Text {
 public:
  TextBuffer() : Text(std::span<char>(storage_, N)) {}
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

 private:
  char storage_[N];
};

}  // namespace holmes
