// Files by raw system calls. No stdio, no errno, no allocation.
// Context: monitor thread, constructor, fork child. Descriptors live as long as one call of ours:
// holmes keeps none open between two readings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"

namespace holmes {

// Owns one descriptor; closes it.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = other.release();
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int error() const { return fd_ < 0 ? -fd_ : 0; }  // the errno of the open that failed
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset();

 private:
  int fd_ = -1;
};

// O_CLOEXEC is always added. An invalid UniqueFd holds the error.
UniqueFd open_file(const char* path, int flags, unsigned mode = 0);

// Reads up to buffer.size() bytes from where the descriptor stands, fewer only at the end of the
// file. Returns the bytes read or -errno.
long read_some(int fd, std::span<char> buffer);

// Reads up to buffer.size() bytes from the start of the file; a longer file is cut. Returns the
// bytes read or -errno.
long read_file(const char* path, std::span<char> buffer);

// Writes everything, across short writes and EINTR. 0 or -errno.
long write_all(int fd, std::string_view bytes);

}  // namespace holmes
