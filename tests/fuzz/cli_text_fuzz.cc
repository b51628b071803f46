// The readable formats and gperftools' CPU profile, on their way through the command: read, given
// names, shown.
#include "cli/error.h"
#include "cli/gzip.h"
#include "cli/profile_file.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes::cli;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (is_gzip(bytes)) return 0;  // cli_pprof_fuzz has what is inside
  try {
    ProfileFile file(bytes);
    const Symbolizer nothing_asked({}, 0);
    const std::string named = file.with_names(nothing_asked);
    if (is_text_profile(bytes)) holmes::fuzz::require(is_text_profile(named));
    file.program();
    const PprofModel model = file.take_model();
    for (const auto& sample : model.samples) {
      holmes::fuzz::require(sample.values.size() == model.sample_types.size());
    }
  } catch (const Error&) {
  }
  return 0;
}
