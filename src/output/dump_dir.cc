#include "output/dump_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "output/folder.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr unsigned kFolderMode = 0700;
constexpr unsigned kFileMode = 0600;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY;
constexpr int64_t kMillisecond = 1000;

Status failure(std::string_view action, long result) {
  return result < 0 ? Status(action, static_cast<int>(-result)) : Status();
}

// Slashes at the end make the kernel follow a symbolic link that O_NOFOLLOW should have stopped.
Status tidy_path(std::string_view path, Path& out) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return {"open the dump folder: its path is empty", ENOENT};
  // The full name of each file has to fit, too.
  const bool fits = path.size() + sizeof(FileName) <= sizeof(Path);
  if (!fits || !out.assign(path)) return {"open the dump folder", ENAMETOOLONG};
  return {};
}

long make_folder(const char* path) {
  const long result = sys::call(SYS_mkdirat, AT_FDCWD, path, kFolderMode);
  return result == -EEXIST ? 0 : result;
}

long make_folders(std::string_view path) {
  Path prefix;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '/' && i > 0) {
      if (const long result = make_folder(prefix.c_str()); result < 0) return result;
    }
    prefix.append({&path[i], 1});
  }
  return make_folder(prefix.c_str());
}

Path parent_of(std::string_view path) {
  size_t slash = path.size();
  while (slash > 0 && path[slash - 1] != '/') --slash;
  if (slash == 0) return Path(".");
  return Path(std::string_view(path.data(), slash));
}

// May this link lead us? Only where nobody but root and ourselves could have planted it.
bool is_trusted_link(const Path& path, const struct stat& link) {
  if (link.st_uid == 0 || static_cast<long>(link.st_uid) == sys::call(SYS_geteuid)) return true;
  struct stat parent;
  const long result = sys::call(SYS_newfstatat, AT_FDCWD, parent_of(path).c_str(), &parent, 0);
  return result == 0 && (parent.st_mode & S_IWOTH) == 0;
}

UniqueFd open_through_link(const Path& path) {
  struct stat entry;
  const long result = stat_entry(AT_FDCWD, path.c_str(), entry);
  if (result < 0) return UniqueFd(static_cast<int>(result));
  if (!S_ISLNK(entry.st_mode)) return UniqueFd(-ENOTDIR);
  if (!is_trusted_link(path, entry)) return UniqueFd(-ELOOP);
  return open_file(path.c_str(), kOpenFolder);
}

}  // namespace

Status DumpDir::open(std::string_view path) {
  fd_.reset();
  if (const Status tidied = tidy_path(path, path_); !tidied.is_ok()) return tidied;
  UniqueFd fd = open_file(path_.c_str(), kOpenFolder | O_NOFOLLOW);
  if (fd.error() == ENOENT) {
    if (const long made = make_folders(path_); made < 0) {
      return failure("make the dump folder", made);
    }
    fd = open_file(path_.c_str(), kOpenFolder | O_NOFOLLOW);
  }
  if (fd.error() == ENOTDIR || fd.error() == ELOOP) fd = open_through_link(path_);
  if (!fd.valid()) return {"open the dump folder", fd.error()};
  fd_ = static_cast<UniqueFd&&>(fd);
  return {};
}

Path DumpDir::path_of(std::string_view name) const {
  Path path = path_;
  if (!path.view().ends_with('/')) path.append("/");
  path.append(name);
  return path;
}

bool DumpDir::has_event(std::string_view event) const {
  alignas(8) char buffer[4096];
  bool found = false;
  for_each_entry(fd(), buffer, [&](const char* name) {
    const auto file = parse_event_file(name);
    if (file && file->event == event) found = true;
  });
  return found;
}

EventName DumpDir::new_event(int64_t time_us, std::string_view comm, int pid, Kind kind) const {
  EventName event = make_event_name(time_us, comm, pid, kind);
  for (int tries = 0; tries < 1000 && has_event(event); ++tries) {
    time_us += kMillisecond;
    event = make_event_name(time_us, comm, pid, kind);
  }
  return event;
}

AsideFile::~AsideFile() {
  if (fd_.valid()) remove_entry(dir_.fd(), staged_name(name_, Stage::part).c_str());
}

Status AsideFile::create(std::string_view name) {
  if (fd_.valid()) return {"create a second file aside", EBUSY};
  name_.assign(name);
  const long fd = sys::call(SYS_openat, dir_.fd(), staged_name(name_, Stage::part).c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
  if (fd < 0) return failure("create a file in the dump folder", fd);
  fd_ = UniqueFd(static_cast<int>(fd));
  return {};
}

Status AsideFile::commit(Stage stage) {
  if (!fd_.valid()) return {"commit a file that is not open", EBADF};
  if (const long synced = sync_descriptor(fd_.get()); synced < 0)
    return failure("sync a dump to disk", synced);
  const long renamed = rename_to_new(dir_.fd(), staged_name(name_, Stage::part).c_str(),
                                     staged_name(name_, stage).c_str());
  if (renamed < 0) return failure("rename a dump", renamed);
  fd_.reset();
  sync_descriptor(dir_.fd());  // at best: the file is whole either way
  return {};
}

Status publish_raw_file(const DumpDir& dir, std::string_view name) {
  const FileName final_name(name);
  return failure(
      "rename", rename_to_new(dir.fd(), staged_name(name, Stage::raw).c_str(), final_name.c_str()));
}

}  // namespace holmes
