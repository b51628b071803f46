// System call filters. A call that one forbids may end the whole process, and what a filter forbids
// cannot be asked: so it is looked for first, by calls that the loader has just made itself.
#pragma once

#include <string_view>

namespace holmes {

// Whether this thread is under filters that its container does not put all of its programs under,
// namely the container's first process. Context: constructor.
bool has_filter_of_its_own();

// Whether the calling thread has come under more filters since.
// Context: monitor thread, fork child.
bool has_new_filter();

// Whether the status file of a thread shows filters that this process did not start under.
// Context: any.
bool shows_new_filter(std::string_view status);

}  // namespace holmes
