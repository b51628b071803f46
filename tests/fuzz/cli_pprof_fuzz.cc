// profile.proto, as another process wrote it.
#include "cli/error.h"
#include "cli/pprof_model.h"
#include "fuzz_input.h"

namespace {

void look_at_everything(const holmes::cli::PprofModel& model) {
  using holmes::cli::kNone;
  using holmes::fuzz::require;
  for (const auto& sample : model.samples) {
    require(sample.values.size() == model.sample_types.size());
    for (const uint32_t location : sample.locations) require(location < model.locations.size());
  }
  for (const auto& location : model.locations) {
    require(location.mapping == kNone || location.mapping < model.mappings.size());
    for (const auto& line : location.lines) require(line.function < model.functions.size());
    mapping_of(model, location.address);
  }
  for (const auto& function : model.functions) require(function.name < model.strings.size());
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes::cli;
  const holmes::fuzz::Input input(data, size);
  PprofModel model;
  try {
    model = parse_pprof(input.text());
  } catch (const Error&) {
    return 0;
  }
  look_at_everything(model);
  // What has been read can be written and read again, and then stays the same.
  const std::string once = encode_pprof(model);
  holmes::fuzz::require(encode_pprof(parse_pprof(once)) == once);
  merge_equal_locations(model);
  look_at_everything(model);
  return 0;
}
