// A string of bounded length without allocation. Cuts what does not fit and says so.
// Context: any, signal handlers included.
#pragma once

#include <cstddef>
#include <string_view>

namespace holmes {

template <size_t N>
class FixedString {
 public:
  constexpr FixedString() = default;
  constexpr FixedString(std::string_view text) { assign(text); }  // NOLINT: implicit by design

  // Returns false when the text was cut.
  constexpr bool assign(std::string_view text) {
    size_ = 0;
    return append(text);
  }
  constexpr bool append(std::string_view text) {
    const size_t room = N - size_;
    const size_t count = text.size() < room ? text.size() : room;
    for (size_t i = 0; i < count; ++i) data_[size_ + i] = text[i];
    size_ += count;
    data_[size_] = '\0';
    return count == text.size();
  }
  constexpr void clear() { assign({}); }

  constexpr const char* c_str() const { return data_; }
  constexpr std::string_view view() const { return {data_, size_}; }
  constexpr operator std::string_view() const { return view(); }  // NOLINT: implicit by design
  constexpr bool empty() const { return size_ == 0; }
  constexpr size_t size() const { return size_; }

 private:
  size_t size_ = 0;
  char data_[N + 1] = {};
};

using Path = FixedString<1023>;

}  // namespace holmes
