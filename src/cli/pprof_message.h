// A message of profile.proto, field by field: what is plain by the table of pprof_fields.h, the
// rest by whoever reads the message. Damage is an Error or a protozero::exception; unknown fields
// are skipped. String numbers are within StringId's range, and not checked against the string
// table.
#pragma once

#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/error.h"
#include "cli/pprof_fields.h"

namespace holmes::cli {

using protozero::pbf_reader;

inline StringId string_number(int64_t number) {
  if (number < 0 || number >= kNone) {
    throw Error("string number " + std::to_string(number) + " is out of range");
  }
  return static_cast<StringId>(number);
}

// Takes the field that the reader stands on, by whichever of its calls fits.
class FieldReader {
 public:
  explicit FieldReader(pbf_reader& reader)
      : reader_(reader), tag_and_type_(static_cast<uint32_t>(reader.tag_and_type())) {}

  bool taken() const { return taken_; }
  void operator()(uint32_t tag, StringId& place) {
    if (take(varint(tag))) place = string_number(reader_.get_int64());
  }
  void operator()(uint32_t tag, int64_t& place) {
    if (take(varint(tag))) place = reader_.get_int64();
  }
  void operator()(uint32_t tag, uint64_t& place) {
    if (take(varint(tag))) place = reader_.get_uint64();
  }
  // protozero's get_bool() looks at a byte before it looks whether there is one.
  void operator()(uint32_t tag, bool& place) {
    if (take(varint(tag))) place = reader_.get_uint64() != 0;
  }
  // Numbers that repeat, one by one or packed.
  void operator()(uint32_t tag, std::vector<uint64_t>& places) {
    if (take(varint(tag))) places.push_back(reader_.get_uint64());
    if (take(length_delimited(tag))) append(reader_.get_packed_uint64(), places);
  }
  void operator()(uint32_t tag, std::vector<int64_t>& places) {
    if (take(varint(tag))) places.push_back(reader_.get_int64());
    if (take(length_delimited(tag))) append(reader_.get_packed_int64(), places);
  }
  template <typename Use>
  void message(uint32_t tag, Use&& use) {
    if (take(length_delimited(tag))) use(reader_.get_message());
  }
  void text(uint32_t tag, std::vector<std::string_view>& places) {
    if (!take(length_delimited(tag))) return;
    const auto view = reader_.get_view();
    places.emplace_back(view.data(), view.size());
  }

 private:
  static constexpr uint32_t varint(uint32_t tag) {
    return protozero::tag_and_type(tag, protozero::pbf_wire_type::varint);
  }
  static constexpr uint32_t length_delimited(uint32_t tag) {
    return protozero::tag_and_type(tag, protozero::pbf_wire_type::length_delimited);
  }
  template <typename T, typename Range>
  static void append(const Range& range, std::vector<T>& out) {
    for (const auto value : range) out.push_back(static_cast<T>(value));
  }

  bool take(uint32_t tag_and_type) {
    if (taken_ || tag_and_type != tag_and_type_) return false;
    return taken_ = true;
  }

  pbf_reader& reader_;
  const uint32_t tag_and_type_;
  bool taken_ = false;
};

// A field of a newer profile.proto is skipped; a known one of the wrong wire type is damage.
inline void skip_unknown(pbf_reader& reader, const char* message, uint32_t last_known) {
  if (reader.tag() <= last_known) {
    throw Error(std::string("field ") + std::to_string(reader.tag()) + " of " + message +
                " has the wrong type");
  }
  reader.skip();
}

// Reads `message` to its end: its plain fields, and by others(field) what else it has.
template <typename Message, typename Others>
void read_message(pbf_reader reader, const char* name, uint32_t last_known, Message& message,
                  Others&& others) {
  while (reader.next()) {
    FieldReader field(reader);
    each_field(message, field);
    others(field);
    if (!field.taken()) skip_unknown(reader, name, last_known);
  }
}

template <typename Message>
Message read_plain(pbf_reader reader, const char* name, uint32_t last_known) {
  Message message;
  read_message(reader, name, last_known, message, [](FieldReader&) {});
  return message;
}

}  // namespace holmes::cli
