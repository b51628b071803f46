// All files of one event, in the order in which they must appear. What the monitor calls:
//
//   write_profile_file  once a profile: .NAME.raw, complete, synced, valid, without names
//   write_draft         .EVENT.json.raw: from here on the event survives this process
//   (holmes symbolize finishes the event; if it cannot:)
//   finish_event        profiles, then the manifest, under their final names as they are
//   discard_event       after a failure: nothing is left
//
// Context: monitor thread. Memory from the caller's Arena.
#pragma once

#include "base/arena.h"
#include "config/config.h"
#include "output/dump_dir.h"
#include "output/manifest.h"
#include "profile/profile.h"

namespace holmes {

struct OutputOptions {
  DumpFormat format = DumpFormat::binary;
  bool full_stack = true;
};

// Adds the file to record.files. After a failure nothing of it is left, in the folder or in the
// record.
Status write_profile_file(const DumpDir& dir, const Profile& profile, const OutputOptions& options,
                          Arena& arena, EventRecord& record);

Status write_draft(const DumpDir& dir, const EventRecord& record, Arena& arena);

// Files that `holmes symbolize` already finished are taken as they are. Sets the record's file
// sizes and write_us. With record.symbolized as the caller knows it.
Status finish_event(const DumpDir& dir, EventRecord& record, Arena& arena);

void discard_event(const DumpDir& dir, const EventRecord& record);

}  // namespace holmes
