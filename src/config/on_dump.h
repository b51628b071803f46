// How `holmes symbolize` learns of HOLMES_ON_DUMP, in its environment: the host that would run the
// command may be gone before the event is finished.
#pragma once

#include <string_view>

namespace holmes::on_dump {

inline constexpr std::string_view kCommand = "HOLMES_ON_DUMP=";
inline constexpr std::string_view kEvent = "HOLMES_EVENT=";
// In front of each variable that the command is to have: "HOST:PATH=/bin". The host's variables are
// not for `holmes symbolize` itself, whose libraries and limits they must not choose.
inline constexpr std::string_view kHostVariable = "HOST:";
// The command is killed after that many seconds.
inline constexpr unsigned kLimitSeconds = 600;

}  // namespace holmes::on_dump
