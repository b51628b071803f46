#include "output/json.h"

#include "output/utf8.h"

namespace holmes {
namespace {

void put_escaped(std::string_view character, Emitter& out) {
  const auto code = static_cast<unsigned char>(character[0]);
  if (code == '"' || code == '\\') {
    out.put("\\");
    out.put(character);
  } else if (code < 0x20 || code == 0x7F) {
    TextBuffer<8> escape;
    escape.put("\\u00").put(code < 0x10 ? "0" : "").hex(code);
    out.put(escape);
  } else {
    out.put(character);
  }
}

}  // namespace

void JsonWriter::separate() {
  if (needs_comma_) out_.put(",");
  needs_comma_ = true;
}

void JsonWriter::quoted(std::string_view text) {
  out_.put("\"");
  for_each_character(text, [this](std::string_view character) { put_escaped(character, out_); });
  out_.put("\"");
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quoted(name);
  out_.put(":");
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  quoted(text);
  return *this;
}

JsonWriter& JsonWriter::num(int64_t value) {
  separate();
  TextBuffer<24> text;
  out_.put(text.num(value));
  return *this;
}

JsonWriter& JsonWriter::unum(uint64_t value) {
  separate();
  TextBuffer<24> text;
  out_.put(text.unum(value));
  return *this;
}

JsonWriter& JsonWriter::decimal(double value, unsigned decimals) {
  separate();
  TextBuffer<40> text;
  out_.put(text.decimal(value, decimals));
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_.put(value ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::begin(char bracket) {
  separate();
  out_.put({&bracket, 1});
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end(char bracket) {
  out_.put({&bracket, 1});
  needs_comma_ = true;
  return *this;
}

}  // namespace holmes
