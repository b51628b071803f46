#include "output/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "output/folder.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

// O_NONBLOCK: opening a FIFO that nobody reads would wait for ever.
constexpr int kOpenLog = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

bool is_acceptable(const struct stat& info) {
  // A second hard link could make this somebody's other file.
  if (!S_ISREG(info.st_mode) || info.st_nlink > 1) return false;
  return info.st_uid == 0 || static_cast<long>(info.st_uid) == sys::call(SYS_geteuid);
}

struct LogFile {
  UniqueFd fd;
  struct stat info = {};
};

long open_log(const Path& path, LogFile& log) {
  log.fd = open_file(path.c_str(), kOpenLog, 0600);
  if (!log.fd.valid()) return -log.fd.error();
  const long result = sys::call(SYS_newfstatat, log.fd.get(), "", &log.info, AT_EMPTY_PATH);
  if (result < 0) return result;
  return is_acceptable(log.info) ? 0 : -EPERM;
}

bool still_there(const Path& path, const struct stat& before) {
  struct stat now;
  return stat_entry(AT_FDCWD, path.c_str(), now) == 0 && now.st_ino == before.st_ino &&
         now.st_dev == before.st_dev;
}

// True if the path now leads to a new file. The lock goes with the descriptor.
bool rotate(const Path& path, const LogFile& log) {
  if (sys::call(SYS_flock, log.fd.get(), LOCK_EX | LOCK_NB) < 0) return false;
  if (!still_there(path, log.info)) return true;
  FixedString<1025> old(path.view());
  old.append(".1");
  return sys::call(SYS_renameat, AT_FDCWD, path.c_str(), AT_FDCWD, old.c_str()) == 0;
}

}  // namespace

long append_to_log_file(const Path& path, std::string_view bytes, uint64_t rotate_bytes) {
  LogFile log;
  if (const long result = open_log(path, log); result < 0) return result;
  if (static_cast<uint64_t>(log.info.st_size) >= rotate_bytes && rotate(path, log)) {
    if (const long result = open_log(path, log); result < 0) return result;
  }
  return write_all(log.fd.get(), bytes);
}

}  // namespace holmes
