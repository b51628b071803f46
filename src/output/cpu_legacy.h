// Profile -> gperftools' binary CPU profile, which both `go tool pprof` and google-pprof open: the
// CPU profile where HOLMES_DUMP_FORMAT is text.
//
// 64-bit words in the machine's order: a header 0 3 0 PERIOD_US 0; for each sample its count, its
// depth and that many addresses (the leaf's as it is, callers' as return addresses); the end 0 1 0;
// then the memory map as text.
//
// Both readers take a second frame that is the same in (nearly) every record for the profiler's own
// signal handler and remove it. Of a service that spins in one function called from one place that
// would be the very caller one looks for. Records of count 0 and one frame are therefore added, as
// many as it takes to keep them from it; they change no sum.
// Context: monitor thread. No allocation.
#pragma once

#include "output/byte_sink.h"
#include "profile/profile.h"

namespace holmes {

// cpu only; any other kind is refused.
Status write_cpu_legacy(const Profile& profile, ByteSink& sink);

}  // namespace holmes
