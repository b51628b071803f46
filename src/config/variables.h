// The one table of all variables: name, default, meaning, how to set and how to print it. Defaults
// are parsed from the text that is documented, so the two cannot part.
// Context: constructor, monitor thread, the command. No allocation.
#pragma once

#include <span>
#include <string_view>

#include "base/text.h"
#include "config/config.h"

namespace holmes {

// What a setter says of a bad value. An empty problem means that the value was taken.
struct Complaint {
  TextBuffer<160> problem;
  std::string_view used;  // set when the setter has put another value than the default in place
};

struct Variable {
  VariableInfo info;
  std::string_view empty_default;  // what a warning calls an empty default
  // `value` is trimmed. Leaves `config` as it was where it complains without setting `used`.
  void (*set)(Config& config, std::string_view value, Complaint& complaint);
  void (*print)(const Config& config, Text& out);
};

std::span<const Variable> variables();
const Variable* find_variable(std::string_view name);

// The known name that is closest to `name`; "" where none is close.
std::string_view nearest_variable(std::string_view name);

}  // namespace holmes
