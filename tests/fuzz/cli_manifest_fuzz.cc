// A manifest or a draft, as it stands in a folder that others may write to.
#include "cli/error.h"
#include "cli/event.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes::cli;
  const std::string_view text = holmes::fuzz::Input(data, size).text();
  is_manifest_name(text);
  try {
    const Event event = parse_manifest("/dumps/event.json", text);
    for (const EventFile& file : event.files) {
      holmes::fuzz::require(file.name.find('/') == std::string::npos && !file.name.empty());
    }
    value_text(event.current, event.unit);
  } catch (const Error&) {
  }
  return 0;
}
