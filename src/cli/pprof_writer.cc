#include <protozero/pbf_writer.hpp>

#include "cli/pprof_model.h"

namespace holmes::cli {

namespace {

using protozero::pbf_writer;

// Zero is what a missing field means.
void put(pbf_writer& writer, uint32_t tag, int64_t value) {
  if (value != 0) writer.add_int64(tag, value);
}
void put_id(pbf_writer& writer, uint32_t tag, uint64_t value) {
  if (value != 0) writer.add_uint64(tag, value);
}
void put_flag(pbf_writer& writer, uint32_t tag, bool value) {
  if (value) writer.add_bool(tag, true);
}

void put_value_type(pbf_writer& writer, uint32_t tag, const PprofValueType& type) {
  pbf_writer message(writer, tag);
  message.add_int64(1, type.type);  // zero, too: an empty message is not written, and a type would be missing
  put(message, 2, type.unit);
}

void put_sample(pbf_writer& writer, const PprofSample& sample) {
  pbf_writer message(writer, 2);
  std::vector<uint64_t> ids(sample.locations.begin(), sample.locations.end());
  for (uint64_t& id : ids) ++id;
  message.add_packed_uint64(1, ids.begin(), ids.end());
  message.add_packed_int64(2, sample.values.begin(), sample.values.end());
  for (const PprofLabel& label : sample.labels) {
    pbf_writer inner(message, 3);
    put(inner, 1, label.key);
    put(inner, 2, label.text);
    put(inner, 3, label.number);
    put(inner, 4, label.unit);
  }
}

void put_mapping(pbf_writer& writer, const PprofMapping& mapping, uint64_t id) {
  pbf_writer message(writer, 3);
  put_id(message, 1, id);
  put_id(message, 2, mapping.start);
  put_id(message, 3, mapping.limit);
  put_id(message, 4, mapping.offset);
  put(message, 5, mapping.file);
  put(message, 6, mapping.build_id);
  put_flag(message, 7, mapping.has_functions);
  put_flag(message, 8, mapping.has_filenames);
  put_flag(message, 9, mapping.has_line_numbers);
  put_flag(message, 10, mapping.has_inline_frames);
}

void put_location(pbf_writer& writer, const PprofLocation& location, uint64_t id) {
  pbf_writer message(writer, 4);
  put_id(message, 1, id);
  if (location.mapping != kNone) put_id(message, 2, uint64_t{location.mapping} + 1);
  put_id(message, 3, location.address);
  for (const PprofLine& line : location.lines) {
    pbf_writer inner(message, 4);
    put_id(inner, 1, uint64_t{line.function} + 1);
    put(inner, 2, line.line);
    put(inner, 3, line.column);
  }
  put_flag(message, 5, location.is_folded);
}

void put_function(pbf_writer& writer, const PprofFunction& function, uint64_t id) {
  pbf_writer message(writer, 5);
  put_id(message, 1, id);
  put(message, 2, function.name);
  put(message, 3, function.system_name);
  put(message, 4, function.file);
  put(message, 5, function.start_line);
}

}  // namespace

std::string encode_pprof(const PprofModel& model) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const PprofValueType& type : model.sample_types) put_value_type(writer, 1, type);
  for (const PprofSample& sample : model.samples) put_sample(writer, sample);
  uint64_t id = 0;
  for (const PprofMapping& mapping : model.mappings) put_mapping(writer, mapping, ++id);
  id = 0;
  for (const PprofLocation& location : model.locations) put_location(writer, location, ++id);
  id = 0;
  for (const PprofFunction& function : model.functions) put_function(writer, function, ++id);
  for (StringId i = 0; i < model.strings.size(); ++i) writer.add_string(6, model.strings[i]);
  put(writer, 7, model.drop_frames);
  put(writer, 8, model.keep_frames);
  put(writer, 9, model.time_nanos);
  put(writer, 10, model.duration_nanos);
  put_value_type(writer, 11, model.period_type);
  put(writer, 12, model.period);
  for (const StringId comment : model.comments) writer.add_int64(13, comment);
  put(writer, 14, model.default_sample_type);
  put(writer, 15, model.doc_url);
  return bytes;
}

}  // namespace holmes::cli
