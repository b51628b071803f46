#include <unordered_map>

#include "cli/pprof_message.h"

namespace holmes::cli {

namespace {

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

PprofValueType read_value_type(pbf_reader reader) {
  return read_plain<PprofValueType>(reader, "ValueType", 2);
}

RawLine read_line(pbf_reader reader) {
  RawLine result;
  read_message(reader, "Line", 3, result.line,
               [&](FieldReader& field) { field(1, result.function_id); });
  return result;
}

class Parser {
 public:
  PprofModel parse(std::string_view bytes) {
    read_profile(pbf_reader(bytes.data(), bytes.size()));
    build_strings();
    resolve();
    return std::move(model_);
  }

 private:
  void read_profile(pbf_reader reader);
  void sample(pbf_reader reader);
  void mapping(pbf_reader reader);
  void location(pbf_reader reader);
  void function(pbf_reader reader);

  void build_strings();
  void resolve();
  void resolve_string(StringId& id, const char* what) const;
  template <typename Message>
  void resolve_strings(Message& message, const char* what) const;
  void resolve_samples();
  void resolve_locations();
  static void add_id(std::unordered_map<uint64_t, uint32_t>& ids, uint64_t id, const char* what);

  PprofModel model_;
  std::vector<std::string_view> raw_strings_;
  std::vector<StringId> string_ids_;  // by the number in the file
  std::vector<int64_t> raw_comments_;
  std::vector<RawSample> raw_samples_;
  std::vector<RawLocation> raw_locations_;
  std::unordered_map<uint64_t, uint32_t> mapping_ids_, location_ids_, function_ids_;
};

void Parser::read_profile(pbf_reader reader) {
  read_message(reader, "Profile", 15, model_, [&](FieldReader& field) {
    field.message(1,
                  [&](pbf_reader type) { model_.sample_types.push_back(read_value_type(type)); });
    field.message(2, [&](pbf_reader inner) { sample(inner); });
    field.message(3, [&](pbf_reader inner) { mapping(inner); });
    field.message(4, [&](pbf_reader inner) { location(inner); });
    field.message(5, [&](pbf_reader inner) { function(inner); });
    field.text(6, raw_strings_);
    field.message(11, [&](pbf_reader type) { model_.period_type = read_value_type(type); });
    field(13, raw_comments_);
  });
}

void Parser::sample(pbf_reader reader) {
  PprofSample& result = model_.samples.emplace_back();
  RawSample& raw = raw_samples_.emplace_back();
  read_message(reader, "Sample", 3, result, [&](FieldReader& field) {
    field(1, raw.location_ids);
    field(2, result.values);
    field.message(3, [&](pbf_reader label) {
      result.labels.push_back(read_plain<PprofLabel>(label, "Label", 4));
    });
  });
}

void Parser::mapping(pbf_reader reader) {
  uint64_t id = 0;
  read_message(reader, "Mapping", 10, model_.mappings.emplace_back(),
               [&](FieldReader& field) { field(1, id); });
  add_id(mapping_ids_, id, "mapping");
}

void Parser::location(pbf_reader reader) {
  PprofLocation& result = model_.locations.emplace_back();
  RawLocation& raw = raw_locations_.emplace_back();
  uint64_t id = 0;
  read_message(reader, "Location", 5, result, [&](FieldReader& field) {
    field(1, id);
    field(2, raw.mapping_id);
    field.message(4, [&](pbf_reader line) {
      const RawLine one = read_line(line);
      raw.function_ids.push_back(one.function_id);
      result.lines.push_back(one.line);
    });
  });
  add_id(location_ids_, id, "location");
}

void Parser::function(pbf_reader reader) {
  uint64_t id = 0;
  read_message(reader, "Function", 5, model_.functions.emplace_back(),
               [&](FieldReader& field) { field(1, id); });
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

template <typename Message>
void Parser::resolve_strings(Message& message, const char* what) const {
  each_field(message, [&](uint32_t, auto& field) {
    if constexpr (std::same_as<decltype(field), StringId&>) resolve_string(field, what);
  });
}

void Parser::resolve() {
  if (model_.sample_types.empty()) throw Error("it has no sample type");
  for (PprofValueType& type : model_.sample_types) resolve_strings(type, "a sample type");
  resolve_strings(model_.period_type, "the period type");
  resolve_strings(model_, "the profile");
  for (const int64_t number : raw_comments_) {
    resolve_string(model_.comments.emplace_back(string_number(number)), "a comment");
  }
  for (PprofMapping& mapping : model_.mappings) resolve_strings(mapping, "a mapping");
  for (PprofFunction& function : model_.functions) resolve_strings(function, "a function");
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
    for (PprofLabel& label : sample.labels) resolve_strings(label, "a label");
  }
}

}  // namespace

PprofModel parse_pprof(std::string_view bytes) {
  try {
    return Parser().parse(bytes);
  } catch (const protozero::exception& error) {
    throw Error(std::string("damaged or truncated profile.proto: ") + error.what());
  } catch (const Error& error) {
    throw Error(std::string("damaged profile.proto: ") + error.what());
  }
}

}  // namespace holmes::cli
