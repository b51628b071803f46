#include "output/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "platform/syscall.h"

namespace holmes {
namespace {

// For file systems without renameat2(RENAME_NOREPLACE), and containers that refuse the call: a hard
// link never replaces; and for those without hard links either, a look before the rename, which
// only another holmes could outrun.
long rename_by_link(int folder, const char* from, const char* to) {
  const long linked = sys::call(SYS_linkat, folder, from, folder, to, 0);
  if (linked == 0) return remove_entry(folder, from);
  if (linked != -EPERM && linked != -EOPNOTSUPP && linked != -ENOSYS) return linked;
  if (entry_exists(folder, to)) return -EEXIST;
  return sys::call(SYS_renameat, folder, from, folder, to);
}

}  // namespace

long stat_entry(int folder, const char* name, struct stat& out) {
  return sys::call(SYS_newfstatat, folder, name, &out, AT_SYMLINK_NOFOLLOW);
}

bool entry_exists(int folder, const char* name) {
  struct stat unused;
  return stat_entry(folder, name, unused) == 0;
}

bool is_own_file(int folder, const char* name, struct stat& out) {
  return stat_entry(folder, name, out) == 0 && S_ISREG(out.st_mode) &&
         static_cast<long>(out.st_uid) == sys::call(SYS_geteuid);
}

long rename_to_new(int folder, const char* from, const char* to) {
  const long result = sys::call(SYS_renameat2, folder, from, folder, to, RENAME_NOREPLACE);
  if (result != -ENOSYS && result != -EINVAL && result != -EPERM) return result;
  return rename_by_link(folder, from, to);
}

long remove_entry(int folder, const char* name) { return sys::call(SYS_unlinkat, folder, name, 0); }

long sync_descriptor(int fd) {
  long result;
  do {
    result = sys::call(SYS_fsync, fd);
  } while (result == -EINTR);
  return result == -EINVAL ? 0 : result;
}

namespace detail {

long read_entries(int folder, std::span<char> buffer) {
  return sys::call(SYS_getdents64, folder, buffer.data(), buffer.size());
}

long rewind_entries(int folder) { return sys::call(SYS_lseek, folder, 0, SEEK_SET); }

// struct linux_dirent64: inode and offset (8 bytes each), record length (2), type (1), name.
Entry entry_at(const char* record) {
  uint16_t size;
  std::memcpy(&size, record + 16, sizeof size);
  return {record + 19, size};
}

}  // namespace detail
}  // namespace holmes
