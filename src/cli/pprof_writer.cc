#include <protozero/pbf_writer.hpp>

#include "cli/pprof_fields.h"

namespace holmes::cli {

namespace {

using protozero::pbf_writer;

// Zero is what a missing field means.
class FieldWriter {
 public:
  explicit FieldWriter(pbf_writer& writer) : writer_(writer) {}

  void operator()(uint32_t tag, StringId value) { (*this)(tag, int64_t{value}); }
  void operator()(uint32_t tag, int64_t value) {
    if (value != 0) writer_.add_int64(tag, value);
  }
  void operator()(uint32_t tag, uint64_t value) {
    if (value != 0) writer_.add_uint64(tag, value);
  }
  void operator()(uint32_t tag, bool value) {
    if (value) writer_.add_bool(tag, true);
  }

 private:
  pbf_writer& writer_;
};

template <typename Message>
void put_fields(pbf_writer& writer, const Message& message) {
  each_field(message, FieldWriter(writer));
}

void put_value_type(pbf_writer& writer, uint32_t tag, const PprofValueType& type) {
  pbf_writer message(writer, tag);
  // An empty message is not written, and a type would be missing.
  if (type.type == 0) message.add_int64(1, 0);
  put_fields(message, type);
}

void put_sample(pbf_writer& writer, const PprofSample& sample) {
  pbf_writer message(writer, 2);
  std::vector<uint64_t> ids(sample.locations.begin(), sample.locations.end());
  for (uint64_t& id : ids) ++id;
  message.add_packed_uint64(1, ids.begin(), ids.end());
  message.add_packed_int64(2, sample.values.begin(), sample.values.end());
  for (const PprofLabel& label : sample.labels) {
    pbf_writer inner(message, 3);
    put_fields(inner, label);
  }
}

void put_others(pbf_writer&, const PprofMapping&) {}
void put_others(pbf_writer&, const PprofFunction&) {}
void put_others(pbf_writer& writer, const PprofLocation& location) {
  if (location.mapping != kNone) writer.add_uint64(2, uint64_t{location.mapping} + 1);
  for (const PprofLine& line : location.lines) {
    pbf_writer inner(writer, 4);
    inner.add_uint64(1, uint64_t{line.function} + 1);
    put_fields(inner, line);
  }
}

// Ids count from 1.
template <typename Message>
void put_numbered(pbf_writer& writer, uint32_t tag, const std::vector<Message>& messages) {
  uint64_t id = 0;
  for (const Message& one : messages) {
    pbf_writer message(writer, tag);
    message.add_uint64(1, ++id);
    put_others(message, one);
    put_fields(message, one);
  }
}

}  // namespace

std::string encode_pprof(const PprofModel& model) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const PprofValueType& type : model.sample_types) put_value_type(writer, 1, type);
  for (const PprofSample& sample : model.samples) put_sample(writer, sample);
  put_numbered(writer, 3, model.mappings);
  put_numbered(writer, 4, model.locations);
  put_numbered(writer, 5, model.functions);
  for (StringId i = 0; i < model.strings.size(); ++i) writer.add_string(6, model.strings[i]);
  put_fields(writer, model);
  put_value_type(writer, 11, model.period_type);
  for (const StringId comment : model.comments) writer.add_int64(13, comment);
  return bytes;
}

}  // namespace holmes::cli
