// The names of the system calls that threads wait in, by this processor's numbers.
// Context: any.
#pragma once

#include <string_view>

namespace holmes {

// Empty for a call that is not known to block.
std::string_view blocking_call_name(long number);

// Whether a thread that waits in this call is sleeping, never in disk sleep.
bool is_sleeping_call(long number);

}  // namespace holmes
