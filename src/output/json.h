// Writes JSON to a sink as it is told. Strings become valid UTF-8 with everything escaped that JSON
// wants escaped; numbers have no locale. The caller pairs begin and end.
// Context: monitor thread. No allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "output/byte_sink.h"

namespace holmes {

class JsonWriter {
 public:
  explicit JsonWriter(ByteSink& sink) : out_(sink) {}

  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& num(int64_t value);
  JsonWriter& unum(uint64_t value);
  JsonWriter& decimal(double value, unsigned decimals = 2);
  JsonWriter& boolean(bool value);
  JsonWriter& begin(char bracket);  // '{' or '['
  JsonWriter& end(char bracket);    // '}' or ']'

  Status status() const { return out_.status(); }

 private:
  void separate();
  void quoted(std::string_view text);

  Emitter out_;
  bool needs_comma_ = false;
};

}  // namespace holmes
