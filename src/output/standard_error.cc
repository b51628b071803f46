#include "output/standard_error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/file.h"
#include "platform/syscall.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

namespace holmes {
namespace {

constexpr int kStandardError = 2;
// A pipe that is writable takes so much without waiting (PIPE_BUF).
constexpr size_t kPiece = 4096;

// By pidfd, as /proc/self/fd/2 cannot be opened where it is a socket (a service under systemd); by
// /proc where the kernel is older than 5.6 or a filter forbids it.
UniqueFd open_standard_error() {
  const UniqueFd self(static_cast<int>(sys::call(SYS_pidfd_open, sys::call(SYS_getpid), 0)));
  if (self.valid()) {
    UniqueFd fd(static_cast<int>(sys::call(SYS_pidfd_getfd, self.get(), kStandardError, 0)));
    if (fd.valid()) return fd;
  }
  return open_file("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
}

bool is_writable(int fd) {
  pollfd wanted = {fd, POLLOUT, 0};
  timespec at_once = {};
  const long ready = sys::call(SYS_ppoll, &wanted, 1, &at_once, nullptr, 0);
  return ready > 0 && (wanted.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
}

// The kernel's signal set: one word.
constexpr uint64_t kPipeSignal = uint64_t{1} << (SIGPIPE - 1);

// Holds SIGPIPE back in this thread, and takes one that came meanwhile, unless it was pending
// before.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    uint64_t pending = 0;
    sys::call(SYS_rt_sigpending, &pending, sizeof pending);
    was_pending_ = (pending & kPipeSignal) != 0;
    sys::call(SYS_rt_sigprocmask, SIG_BLOCK, &kPipeSignal, &before_, sizeof before_);
  }
  ~WithoutSigpipe() {
    timespec at_once = {};
    if (!was_pending_) {
      sys::call(SYS_rt_sigtimedwait, &kPipeSignal, nullptr, &at_once, sizeof kPipeSignal);
    }
    sys::call(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  uint64_t before_ = 0;
  bool was_pending_ = false;
};

}  // namespace

long write_to_standard_error(std::string_view bytes) {
  const UniqueFd fd = open_standard_error();
  if (!fd.valid()) return -fd.error();
  const WithoutSigpipe guard;
  while (!bytes.empty()) {
    if (!is_writable(fd.get())) return -EAGAIN;
    const size_t count = bytes.size() < kPiece ? bytes.size() : kPiece;
    const long result = write_all(fd.get(), {bytes.data(), count});
    if (result < 0) return result;
    bytes.remove_prefix(count);
  }
  return 0;
}

}  // namespace holmes
