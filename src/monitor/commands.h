// The programs that holmes starts: its own command, and the user's HOLMES_ON_DUMP.
// Context: event thread. Both run outside of the host's process, without the preload.
#pragma once

#include "base/arena.h"
#include "base/fixed_string.h"
#include "config/config.h"

namespace holmes {

// Runs `holmes symbolize --event DRAFT` and waits for it; kills it after a deadline. It knows of
// HOLMES_ON_DUMP, for the case that this process ends meanwhile (config/on_dump.h).
// True: it has finished the event.
bool symbolize_event(const Config& config, const Path& command, const Path& draft, Arena& arena);

// The environment that HOLMES_ON_DUMP will see: a copy of this process's, as it was at the start
// (programs overwrite theirs to change their title), without the preload. Only where the variable
// is set. Context: constructor.
void remember_environment(const char* const* environment);

// Runs `sh -c HOLMES_ON_DUMP` with HOLMES_EVENT and waits for it. 127: it could not be started.
int run_on_dump(const Config& config, const Path& manifest, Arena& arena);

}  // namespace holmes
