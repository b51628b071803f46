#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "platform/syscall.h"

namespace holmes {

void UniqueFd::reset() {
  if (fd_ >= 0) sys::call(SYS_close, fd_);
  fd_ = -1;
}

UniqueFd open_file(const char* path, int flags, unsigned mode) {
  long fd;
  do {
    fd = sys::call(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
  } while (fd == -EINTR);
  return UniqueFd(static_cast<int>(fd));
}

long read_some(int fd, std::span<char> buffer) {
  size_t size = 0;
  while (size < buffer.size()) {
    const long n = sys::call(SYS_read, fd, buffer.data() + size, buffer.size() - size);
    if (n == -EINTR) continue;
    if (n < 0) return n;
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  return static_cast<long>(size);
}

long read_file(const char* path, std::span<char> buffer) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  return fd.valid() ? read_some(fd.get(), buffer) : fd.get();
}

long write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const long n = sys::call(SYS_write, fd, bytes.data(), bytes.size());
    if (n == -EINTR) continue;
    if (n < 0) return n;
    if (n == 0) return -EIO;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return 0;
}

}  // namespace holmes
