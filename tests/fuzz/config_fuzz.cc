// HOLMES_* variables, as a config file's text and as single values.
#include "config/config.h"

#include <string>

#include "base/text.h"
#include "config/variables.h"
#include "fuzz_input.h"

namespace holmes {
namespace {

void print_every_value(const Config& config) {
  for (const VariableInfo& info : known_variables()) {
    TextBuffer<2048> value;
    print_value(config, info.name, value);
    // What is printed is what a user would write: it must be taken back.
    Config again = config;
    fuzz::require(set_variable(again, info.name, value.view(), {}));
  }
}

void print_to(void* out, const ConfigWarning& warning) {
  auto& line = *static_cast<TextBuffer<256>*>(out);
  print_warning(warning, line);
}

}  // namespace
}  // namespace holmes

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes;
  const fuzz::Input input(data, size);
  TextBuffer<256> warnings;
  const WarningSink sink{print_to, &warnings};
  Config config = default_config();
  apply_config_text(config, input.text(), sink);
  const std::string environment(input.text());
  const char* variables[] = {environment.c_str(), nullptr};
  if (environment.find("HOLMES_CONFIG") == std::string::npos) load_config(variables, sink);
  selects(config, input.text(), "service");
  print_every_value(config);
  return 0;
}
