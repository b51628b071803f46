#include "platform/credentials.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr size_t kMaxGroups = 1024;

// The numbers of the line that begins with `name`; how many there are.
size_t read_numbers(std::string_view text, std::string_view name, uint32_t* out, size_t room) {
  size_t at = text.find(name);
  if (at == std::string_view::npos) return 0;
  size_t count = 0;
  for (at += name.size(); at < text.size() && text[at] != '\n' && count < room;) {
    if (text[at] < '0' || text[at] > '9') {
      ++at;
      continue;
    }
    uint32_t value = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      value = value * 10 + static_cast<uint32_t>(text[at] - '0');
    }
    out[count++] = value;
  }
  return count;
}

long read_status(char* buffer, size_t size) {
  const long fd = sys::call(SYS_openat, AT_FDCWD, "/proc/self/status", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return fd;
  size_t used = 0;
  long n = 0;
  while (used < size && (n = sys::call(SYS_read, fd, buffer + used, size - used)) > 0) {
    used += static_cast<size_t>(n);
  }
  sys::call(SYS_close, fd);
  return static_cast<long>(used);
}

}  // namespace

void adopt_process_credentials() {
  char buffer[16384];
  const long size = read_status(buffer, sizeof buffer);
  if (size <= 0) return;
  const std::string_view text(buffer, static_cast<size_t>(size));
  uint32_t uid[4];
  uint32_t gid[4];
  uint32_t groups[kMaxGroups];
  if (read_numbers(text, "\nUid:", uid, 4) != 4 || read_numbers(text, "\nGid:", gid, 4) != 4)
    return;
  const size_t count = read_numbers(text, "\nGroups:", groups, kMaxGroups);
  // Groups first and users last: without the old user the others could no longer be set.
  sys::call(SYS_setgroups, count, groups);
  sys::call(SYS_setresgid, gid[0], gid[1], gid[2]);
  sys::call(SYS_setresuid, uid[0], uid[1], uid[2]);
}

}  // namespace holmes
