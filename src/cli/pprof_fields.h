// The plain fields of profile.proto's messages: each tag and its place in the model, once, for the
// reader, the check of string numbers and the writer. visit(tag, field) is called for each in
// order. What is missing here does not stand in the model as it stands in the file: ids,
// references, repeated fields and messages within messages.
#pragma once

#include <concepts>
#include <type_traits>

#include "cli/pprof_model.h"

namespace holmes::cli {

template <typename T, typename Message>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Message>;

void each_field(MaybeConst<PprofValueType> auto& type, auto&& visit) {
  visit(1, type.type);
  visit(2, type.unit);
}

void each_field(MaybeConst<PprofLabel> auto& label, auto&& visit) {
  visit(1, label.key);
  visit(2, label.text);
  visit(3, label.number);
  visit(4, label.unit);
}

void each_field(MaybeConst<PprofSample> auto&, auto&&) {}

void each_field(MaybeConst<PprofMapping> auto& mapping, auto&& visit) {
  visit(2, mapping.start);
  visit(3, mapping.limit);
  visit(4, mapping.offset);
  visit(5, mapping.file);
  visit(6, mapping.build_id);
  visit(7, mapping.has_functions);
  visit(8, mapping.has_filenames);
  visit(9, mapping.has_line_numbers);
  visit(10, mapping.has_inline_frames);
}

void each_field(MaybeConst<PprofLocation> auto& location, auto&& visit) {
  visit(3, location.address);
  visit(5, location.is_folded);
}

void each_field(MaybeConst<PprofLine> auto& line, auto&& visit) {
  visit(2, line.line);
  visit(3, line.column);
}

void each_field(MaybeConst<PprofFunction> auto& function, auto&& visit) {
  visit(2, function.name);
  visit(3, function.system_name);
  visit(4, function.file);
  visit(5, function.start_line);
}

void each_field(MaybeConst<PprofModel> auto& model, auto&& visit) {
  visit(7, model.drop_frames);
  visit(8, model.keep_frames);
  visit(9, model.time_nanos);
  visit(10, model.duration_nanos);
  visit(12, model.period);
  visit(14, model.default_sample_type);
  visit(15, model.doc_url);
}

}  // namespace holmes::cli
