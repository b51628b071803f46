// The command's errors: one sentence that names what is wrong and where. main() prints it.
#pragma once

#include <stdexcept>
#include <string>

namespace holmes::cli {

// Something did not work: exit code 1.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The command was called wrongly: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "cannot read /x: No such file or directory" from errno.
std::string errno_text(int error);

}  // namespace holmes::cli
