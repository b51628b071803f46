#include <protozero/pbf_reader.hpp>
#include <unordered_map>

#include "cli/error.h"
#include "cli/pprof_model.h"

namespace holmes::cli {

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr uint32_t varint(uint32_t tag) {
  return protozero::tag_and_type(tag, pbf_wire_type::varint);
}
constexpr uint32_t bytes_field(uint32_t tag) {
  return protozero::tag_and_type(tag, pbf_wire_type::length_delimited);
}

// What the file says, before anything is checked: ids and string numbers as they stand there.
struct RawSample {
  std::vector<uint64_t> location_ids;
};
struct RawLine {
  uint64_t function_id = 0;
  PprofLine line;
};
struct RawLocation {
  uint64_t mapping_id = 0;
  std::vector<uint64_t> function_ids;
};

// A field of a newer profile.proto is skipped; a known one of the wrong wire type is damage.
void skip_unknown(pbf_reader& reader, const char* message, uint32_t last_known) {
  if (reader.tag() <= last_known) {
    throw Error(std::string("field ") + std::to_string(reader.tag()) + " of " + message +
                " has the wrong type");
  }
  reader.skip();
}

// protozero's get_bool() looks at a byte before it looks whether there is one.
bool flag(pbf_reader& reader) { return reader.get_uint64() != 0; }

class Parser {
 public:
  explicit Parser(std::string_view bytes) : reader_(bytes.data(), bytes.size()) {}

  PprofModel parse() {
    while (reader_.next()) top_field();
    build_strings();
    resolve();
    return std::move(model_);
  }

 private:
  void top_field();
  PprofValueType value_type(pbf_reader reader);
  void sample(pbf_reader reader);
  PprofLabel label(pbf_reader reader);
  void mapping(pbf_reader reader);
  void location(pbf_reader reader);
  void function(pbf_reader reader);
  RawLine line(pbf_reader reader);

  StringId string_number(pbf_reader& reader) {
    const int64_t number = reader.get_int64();
    if (number < 0 || number >= kNone) {
      throw Error("string number " + std::to_string(number) + " is out of range");
    }
    return static_cast<StringId>(number);
  }
  void build_strings();
  void resolve();
  void resolve_string(StringId& id, const char* what) const;
  void resolve_samples();
  void resolve_locations();
  static void add_id(std::unordered_map<uint64_t, uint32_t>& ids, uint64_t id, const char* what);

  pbf_reader reader_;
  PprofModel model_;
  std::vector<std::string_view> raw_strings_;
  std::vector<StringId> string_ids_;  // by the number in the file
  std::vector<RawSample> raw_samples_;
  std::vector<RawLocation> raw_locations_;
  std::unordered_map<uint64_t, uint32_t> mapping_ids_, location_ids_, function_ids_;
};

template <typename Range, typename T>
void append(const Range& range, std::vector<T>& out) {
  for (const auto value : range) out.push_back(static_cast<T>(value));
}

void Parser::top_field() {
  switch (static_cast<uint32_t>(reader_.tag_and_type())) {
    case bytes_field(1):
      model_.sample_types.push_back(value_type(reader_.get_message()));
      return;
    case bytes_field(2):
      return sample(reader_.get_message());
    case bytes_field(3):
      return mapping(reader_.get_message());
    case bytes_field(4):
      return location(reader_.get_message());
    case bytes_field(5):
      return function(reader_.get_message());
    case bytes_field(6): {
      const auto text = reader_.get_view();
      raw_strings_.emplace_back(text.data(), text.size());
      return;
    }
    case varint(7):
      model_.drop_frames = string_number(reader_);
      return;
    case varint(8):
      model_.keep_frames = string_number(reader_);
      return;
    case varint(9):
      model_.time_nanos = reader_.get_int64();
      return;
    case varint(10):
      model_.duration_nanos = reader_.get_int64();
      return;
    case bytes_field(11):
      model_.period_type = value_type(reader_.get_message());
      return;
    case varint(12):
      model_.period = reader_.get_int64();
      return;
    case varint(13):
      model_.comments.push_back(string_number(reader_));
      return;
    case bytes_field(13):
      append(reader_.get_packed_int64(), model_.comments);
      return;
    case varint(14):
      model_.default_sample_type = string_number(reader_);
      return;
    case varint(15):
      model_.doc_url = string_number(reader_);
      return;
    default:
      skip_unknown(reader_, "Profile", 15);
  }
}

PprofValueType Parser::value_type(pbf_reader reader) {
  PprofValueType result;
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        result.type = string_number(reader);
        break;
      case varint(2):
        result.unit = string_number(reader);
        break;
      default:
        skip_unknown(reader, "ValueType", 2);
    }
  }
  return result;
}

void Parser::sample(pbf_reader reader) {
  PprofSample& result = model_.samples.emplace_back();
  RawSample& raw = raw_samples_.emplace_back();
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        raw.location_ids.push_back(reader.get_uint64());
        break;
      case bytes_field(1):
        append(reader.get_packed_uint64(), raw.location_ids);
        break;
      case varint(2):
        result.values.push_back(reader.get_int64());
        break;
      case bytes_field(2):
        append(reader.get_packed_int64(), result.values);
        break;
      case bytes_field(3):
        result.labels.push_back(label(reader.get_message()));
        break;
      default:
        skip_unknown(reader, "Sample", 3);
    }
  }
}

PprofLabel Parser::label(pbf_reader reader) {
  PprofLabel result;
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        result.key = string_number(reader);
        break;
      case varint(2):
        result.text = string_number(reader);
        break;
      case varint(3):
        result.number = reader.get_int64();
        break;
      case varint(4):
        result.unit = string_number(reader);
        break;
      default:
        skip_unknown(reader, "Label", 4);
    }
  }
  return result;
}

void Parser::mapping(pbf_reader reader) {
  PprofMapping& result = model_.mappings.emplace_back();
  uint64_t id = 0;
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        id = reader.get_uint64();
        break;
      case varint(2):
        result.start = reader.get_uint64();
        break;
      case varint(3):
        result.limit = reader.get_uint64();
        break;
      case varint(4):
        result.offset = reader.get_uint64();
        break;
      case varint(5):
        result.file = string_number(reader);
        break;
      case varint(6):
        result.build_id = string_number(reader);
        break;
      case varint(7):
        result.has_functions = flag(reader);
        break;
      case varint(8):
        result.has_filenames = flag(reader);
        break;
      case varint(9):
        result.has_line_numbers = flag(reader);
        break;
      case varint(10):
        result.has_inline_frames = flag(reader);
        break;
      default:
        skip_unknown(reader, "Mapping", 10);
    }
  }
  add_id(mapping_ids_, id, "mapping");
}

void Parser::location(pbf_reader reader) {
  PprofLocation& result = model_.locations.emplace_back();
  RawLocation& raw = raw_locations_.emplace_back();
  uint64_t id = 0;
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        id = reader.get_uint64();
        break;
      case varint(2):
        raw.mapping_id = reader.get_uint64();
        break;
      case varint(3):
        result.address = reader.get_uint64();
        break;
      case bytes_field(4): {
        const RawLine one = line(reader.get_message());
        raw.function_ids.push_back(one.function_id);
        result.lines.push_back(one.line);
        break;
      }
      case varint(5):
        result.is_folded = flag(reader);
        break;
      default:
        skip_unknown(reader, "Location", 5);
    }
  }
  add_id(location_ids_, id, "location");
}

RawLine Parser::line(pbf_reader reader) {
  RawLine result;
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        result.function_id = reader.get_uint64();
        break;
      case varint(2):
        result.line.line = reader.get_int64();
        break;
      case varint(3):
        result.line.column = reader.get_int64();
        break;
      default:
        skip_unknown(reader, "Line", 3);
    }
  }
  return result;
}

void Parser::function(pbf_reader reader) {
  PprofFunction& result = model_.functions.emplace_back();
  uint64_t id = 0;
  while (reader.next()) {
    switch (static_cast<uint32_t>(reader.tag_and_type())) {
      case varint(1):
        id = reader.get_uint64();
        break;
      case varint(2):
        result.name = string_number(reader);
        break;
      case varint(3):
        result.system_name = string_number(reader);
        break;
      case varint(4):
        result.file = string_number(reader);
        break;
      case varint(5):
        result.start_line = reader.get_int64();
        break;
      default:
        skip_unknown(reader, "Function", 5);
    }
  }
  add_id(function_ids_, id, "function");
}

void Parser::add_id(std::unordered_map<uint64_t, uint32_t>& ids, uint64_t id, const char* what) {
  if (id == 0) throw Error(std::string("a ") + what + " has no id");
  if (!ids.emplace(id, static_cast<uint32_t>(ids.size())).second) {
    throw Error(std::string("two ") + what + "s have the id " + std::to_string(id));
  }
}

void Parser::build_strings() {
  if (raw_strings_.empty()) throw Error("it has no string table");
  if (!raw_strings_[0].empty()) throw Error("string 0 is not empty");
  string_ids_.reserve(raw_strings_.size());
  for (const std::string_view text : raw_strings_) string_ids_.push_back(model_.strings.add(text));
}

void Parser::resolve_string(StringId& id, const char* what) const {
  if (id >= string_ids_.size()) {
    throw Error(std::string(what) + " names string " + std::to_string(id) + " of " +
                std::to_string(string_ids_.size()));
  }
  id = string_ids_[id];
}

void Parser::resolve() {
  if (model_.sample_types.empty()) throw Error("it has no sample type");
  for (PprofValueType& type : model_.sample_types) {
    resolve_string(type.type, "a sample type");
    resolve_string(type.unit, "a sample type");
  }
  resolve_string(model_.period_type.type, "the period type");
  resolve_string(model_.period_type.unit, "the period type");
  resolve_string(model_.drop_frames, "drop_frames");
  resolve_string(model_.keep_frames, "keep_frames");
  resolve_string(model_.default_sample_type, "the default sample type");
  resolve_string(model_.doc_url, "doc_url");
  for (StringId& comment : model_.comments) resolve_string(comment, "a comment");
  for (PprofMapping& mapping : model_.mappings) {
    resolve_string(mapping.file, "a mapping");
    resolve_string(mapping.build_id, "a mapping");
  }
  for (PprofFunction& function : model_.functions) {
    resolve_string(function.name, "a function");
    resolve_string(function.system_name, "a function");
    resolve_string(function.file, "a function");
  }
  resolve_locations();
  resolve_samples();
}

uint32_t index_of(const std::unordered_map<uint64_t, uint32_t>& ids, uint64_t id, const char* from,
                  size_t number, const char* to) {
  const auto found = ids.find(id);
  if (found != ids.end()) return found->second;
  throw Error(std::string(from) + " " + std::to_string(number) + " names " + to + " " +
              std::to_string(id) + ", which does not exist");
}

void Parser::resolve_locations() {
  for (size_t i = 0; i < model_.locations.size(); ++i) {
    PprofLocation& location = model_.locations[i];
    const RawLocation& raw = raw_locations_[i];
    if (raw.mapping_id != 0) {
      location.mapping = index_of(mapping_ids_, raw.mapping_id, "location", i, "mapping");
    }
    for (size_t line = 0; line < location.lines.size(); ++line) {
      location.lines[line].function =
          index_of(function_ids_, raw.function_ids[line], "location", i, "function");
    }
  }
}

void Parser::resolve_samples() {
  for (size_t i = 0; i < model_.samples.size(); ++i) {
    PprofSample& sample = model_.samples[i];
    if (sample.values.size() != model_.sample_types.size()) {
      throw Error("sample " + std::to_string(i) + " has " + std::to_string(sample.values.size()) +
                  " values instead of " + std::to_string(model_.sample_types.size()));
    }
    for (const uint64_t id : raw_samples_[i].location_ids) {
      sample.locations.push_back(index_of(location_ids_, id, "sample", i, "location"));
    }
    for (PprofLabel& label : sample.labels) {
      resolve_string(label.key, "a label");
      resolve_string(label.text, "a label");
      resolve_string(label.unit, "a label");
    }
  }
}

}  // namespace

PprofModel parse_pprof(std::string_view bytes) {
  try {
    return Parser(bytes).parse();
  } catch (const protozero::exception& error) {
    throw Error(std::string("damaged or truncated profile.proto: ") + error.what());
  } catch (const Error& error) {
    throw Error(std::string("damaged profile.proto: ") + error.what());
  }
}

}  // namespace holmes::cli
