// One event after the other is worked on in a dump folder.
//
// A spike is often one of many processes at once: the workers of a prefork server, the backends of
// a database. Each makes its event, and a hundred commands looking for names at the same time would
// take the memory and the cores that the service needs. They wait for each other by flock() on the
// folder: whoever may read it can hold them up, as can any user where that is /tmp, but not for
// longer than their patience.
#pragma once

#include <chrono>
#include <string>

#include "base/file.h"

namespace holmes::cli {

// Held as long as this object lives. Not for ever: after `patience` (whoever holds it may be
// stopped), and at once where the folder cannot be locked (NFS), its owner goes on without.
// Takes SIGALRM and ITIMER_REAL while it waits.
class Turn {
 public:
  Turn(const std::string& folder, std::chrono::milliseconds patience);

 private:
  UniqueFd fd_;
};

}  // namespace holmes::cli
