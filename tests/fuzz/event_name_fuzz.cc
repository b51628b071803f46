// Names of files that anybody may have put into the dump folder: retention removes what is
// recognised.
#include "output/event_name.h"

#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes;
  const std::string_view text = fuzz::Input(data, size).text();
  if (const auto file = parse_event_file(text)) {
    // Recognition is strict: what is recognised is spelled as holmes spells it, in one folder.
    fuzz::require(staged_name(file->name, file->stage).view() == text);
    fuzz::require(text.find('/') == std::string_view::npos &&
                  text.find('\0') == std::string_view::npos);
    fuzz::require(parse_event_name(file->event).has_value());
  }
  if (const auto parts = parse_event_name(text)) {
    fuzz::require(make_event_name(parts->time_us, parts->comm, parts->pid, parts->kind).view() ==
                  text);
  }
  fuzz::require(file_safe_comm(text).view().find('/') == std::string_view::npos);
  return 0;
}
