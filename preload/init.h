// What other interposed functions tell the library's start-up code.
#pragma once

namespace holmes {

// The host has changed its ids: returns when the monitor has followed, or after a short while.
// Context: threads of the host.
void credentials_changed();

}  // namespace holmes
