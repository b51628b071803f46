// The dump folder, and files that appear in it complete or not at all.
//
// DumpDir finds or makes the folder and holds it open, so that a path that is changed meanwhile
// cannot lead elsewhere. AsideFile is a file on its way: written as .NAME.part, synced, and only
// then renamed. Neither outlives the writing of one event: holmes keeps no descriptor between
// readings. Context: monitor thread, constructor. No allocation.
#pragma once

#include <string_view>

#include "base/file.h"
#include "base/fixed_string.h"
#include "base/status.h"
#include "output/event_name.h"

namespace holmes {

class DumpDir {
 public:
  // Makes the folder (0700), and its parents, where they are missing. Refused, with the errno that
  // open(2) would give:
  //   ENOTDIR  the path is something other than a folder
  //   ELOOP    the last component is a symbolic link that somebody else than root or this user
  //            planted in a folder where everybody may write (/tmp). Any other link is followed: an
  //            administrator may well have put one there.
  Status open(std::string_view path);

  int fd() const { return fd_.get(); }
  std::string_view path() const { return path_; }
  // The full path of an entry.
  Path path_of(std::string_view name) const;

  // The name for an event at this time. The millisecond is moved on while the folder already has
  // files of that name: process ids repeat where containers share a volume.
  EventName new_event(int64_t time_us, std::string_view comm, int pid, Kind kind) const;

 private:
  bool has_event(std::string_view event) const;

  Path path_;
  UniqueFd fd_;
};

class AsideFile {
 public:
  explicit AsideFile(const DumpDir& dir) : dir_(dir) {}
  // Removes what was not committed.
  ~AsideFile();
  AsideFile(const AsideFile&) = delete;
  AsideFile& operator=(const AsideFile&) = delete;

  // Makes .NAME.part (0600). Never opens what is already there.
  Status create(std::string_view name);
  int fd() const { return fd_.get(); }

  // Syncs the file and gives it the name of `stage` (raw or final), which must not exist yet.
  Status commit(Stage stage);

 private:
  const DumpDir& dir_;
  FileName name_;
  UniqueFd fd_;
};

// .NAME.raw -> NAME. EEXIST if NAME is there already.
Status publish_raw_file(const DumpDir& dir, std::string_view name);

}  // namespace holmes
