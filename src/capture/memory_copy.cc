#include "capture/memory_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>

#include "base/file.h"
#include "platform/syscall.h"

namespace holmes {

namespace {

// Dearer than process_vm_readv by some calls: this is for where that is refused.
size_t copy_from_file(char* to, const iovec* pieces, size_t count) {
  const UniqueFd memory = open_file("/proc/self/mem", O_RDONLY);
  size_t copied = 0;
  for (size_t i = 0; i < count; ++i) {
    const long got = sys::call(SYS_pread64, memory.get(), to + copied, pieces[i].iov_len,
                               reinterpret_cast<uintptr_t>(pieces[i].iov_base));
    if (got > 0) copied += static_cast<size_t>(got);
    if (got != static_cast<long>(pieces[i].iov_len)) break;
  }
  return copied;
}

size_t copy_pieces(void* to, size_t bytes, const iovec* pieces, size_t count) {
  iovec local{to, bytes};
  const long pid = sys::call(SYS_getpid);
  const long copied = sys::call(SYS_process_vm_readv, pid, &local, 1, pieces, count, 0);
  if (copied >= 0) return static_cast<size_t>(copied);
  // Profiles of older container engines refuse it even for the caller's own memory.
  const bool refused = copied == -EPERM || copied == -ENOSYS;
  return refused ? copy_from_file(static_cast<char*>(to), pieces, count) : 0;
}

}  // namespace

size_t copy_memory(uintptr_t from, void* to, size_t bytes) {
  const iovec whole{reinterpret_cast<void*>(from), bytes};
  return copy_pieces(to, bytes, &whole, 1);
}

// A page a piece: the kernel promises parts of a transfer by whole pieces only.
size_t copy_to_the_end(uintptr_t from, void* to, size_t bytes) {
  constexpr size_t kPage = 4096;
  iovec pages[kMostToTheEnd / kPage + 1];
  size_t count = 0;
  const uintptr_t end = from + std::min(bytes, kMostToTheEnd);
  for (uintptr_t at = from; at < end; ++count) {
    const size_t size = std::min(end - at, kPage - at % kPage);
    pages[count] = {reinterpret_cast<void*>(at), size};
    at += size;
  }
  return copy_pieces(to, end - from, pages, count);
}

}  // namespace holmes
