// The one value for errors: what was being done, and the errno that stopped it.
// Context: any, signal handlers included.
#pragma once

#include <string_view>

namespace holmes {

class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  // `action` must be a string literal: it is kept by reference. `error` is an errno, positive.
  constexpr Status(std::string_view action, int error) : action_(action), error_(error) {}

  static constexpr Status ok() { return {}; }
  constexpr bool is_ok() const { return error_ == 0; }
  constexpr std::string_view action() const { return action_; }
  constexpr int error() const { return error_; }

 private:
  std::string_view action_ = "ok";
  int error_ = 0;
};

// "No space left on device" for ENOSPC and so on; "error" where it has no name here.
std::string_view error_name(int error);

}  // namespace holmes
