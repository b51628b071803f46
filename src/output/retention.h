// What is done with old files of the dump folder.
//
// "Own" is what carries a name that holmes makes (event_name.h), is a regular file and belongs to
// this process's user. Nothing else is counted, removed or renamed, and no symbolic link is
// followed. Context: monitor thread. Memory from an Arena: 80 bytes a file of the folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/status.h"
#include "output/dump_dir.h"

namespace holmes {

struct RetentionLimits {
  uint64_t max_dumps = 0;  // events; 0: no limit
  uint64_t max_bytes = 0;  // of all their files; 0: no limit
};

struct RetentionResult {
  Status status;
  uint64_t events = 0;  // removed
  uint64_t files = 0;   // removed
};

// Removes the oldest own events, whole, until the folder is within the limits. The newest event
// stays even if it alone is above them. An event is removed manifest first: no manifest ever names
// files that are gone.
//
// An event whose name lies in the future was made before somebody set the clock back: it is older
// than all others. It would be the last to go otherwise, and every new event the first.
RetentionResult enforce_retention(const DumpDir& dir, const RetentionLimits& limits, Arena& arena,
                                  int64_t now_us);
inline constexpr int64_t kFutureUs = 60'000'000;  // clocks of machines that share a folder differ

// A file that a process left behind when it died is taken for abandoned only after this time: the
// `holmes symbolize` of a killed service may still be at work on it, and in a shared volume the
// process may be alive in another container, where its pid means nothing here.
inline constexpr int64_t kOrphanGraceUs = 60'000'000;
// A .part that old is abandoned whoever made it.
inline constexpr int64_t kStalePartUs = 3'600'000'000;
// A .raw that old is, too: names are waited for 90 s, then it is renamed as it is. Where that
// failed, for want of memory or on a sick disk, the process lives and nobody else comes back to it.
inline constexpr int64_t kStaleRawUs = 600'000'000;

struct AdoptionResult {
  Status status;
  uint64_t published = 0;  // profiles and manifests that now stand under their final name
  uint64_t removed = 0;    // abandoned .part files
};

// Finishes, as they are, the events of processes that are gone: .NAME.raw -> NAME for the profiles,
// then the drafts of the manifests, which are valid and say "symbolized": false. A profile that was
// left without a draft gets one, with the reason "recovered". A .raw whose final file is there
// already is removed.
AdoptionResult adopt_orphans(const DumpDir& dir, int64_t now_us, int64_t grace_us = kOrphanGraceUs);

// Is the process that made this event gone? True if no process has its pid, or one of another name,
// or, where times count, one that started after the event.
bool is_process_gone(std::string_view event, bool times_count = true);

}  // namespace holmes
