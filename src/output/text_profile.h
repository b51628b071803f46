// Profile -> text: what a person reads first, and `go tool pprof` still opens; google-pprof opens
// the heap one as well.
//
//   heap profile: 1: 1073741824 [1: 1073741824] @ heap_v2/524288
//   1: 1073741824 [1: 1073741824] @ 0x55d0c1f2a3b4 0x55d0c1f2a111
//
//   threads profile: total 203
//   100 @ 0x7f10c1f2a3b4 0x55d0c1f2a111
//
// and after an empty line `--- Memory map: ---` with the mappings. Both readers take this heading
// for a heap profile; for a count profile Go's takes no other. One group a stack, largest first: by
// bytes in use, then by bytes allocated, then by stack. Printed addresses are look-up addresses +
// 1, because readers subtract 1 from each. A group whose stack is not known stands at 0x1, which
// readers show as unknown: without any address Go's would refuse the file. Functions and lines, as
// `#` lines below each group, are added by `holmes symbolize`. Context: monitor thread. Memory: 8
// bytes a sample and 40 a group, from the Arena.
#pragma once

#include "base/arena.h"
#include "output/byte_sink.h"
#include "profile/profile.h"

namespace holmes {

inline constexpr size_t kTopGroups = 10;

// heap, threads, threadcreate; a CPU profile has no text form (cpu_legacy.h) and is refused.
// `full_stack` false: only the kTopGroups largest groups. The totals in the first line are always
// those of the whole profile.
Status write_text_profile(const Profile& profile, bool full_stack, Arena& arena, ByteSink& sink);

}  // namespace holmes
