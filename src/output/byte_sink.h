// Where the writers of this room put their bytes.
//
// ByteSink is an interface without a vtable: the library has no C++ runtime to provide
// __cxa_pure_virtual, and no type information that a test or the command could derive from.
// Errors are sticky from the first one on: a writer may go on writing and look once, at the end.
// Context: monitor thread, the command. No allocation, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"
#include "base/text.h"

namespace holmes {

class ByteSink {
 public:
  // Takes all of `bytes` or fails.
  Status write(std::string_view bytes) { return write_(*this, bytes); }

 protected:
  using WriteFunction = Status (*)(ByteSink& self, std::string_view bytes);
  explicit ByteSink(WriteFunction function) : write_(function) {}
  ~ByteSink() = default;

 private:
  WriteFunction write_;
};

// Collects into the caller's buffer and writes full buffers to a descriptor, which stays the
// caller's. Nothing is flushed by destruction: a file counts as written only after flush() is ok.
class FdSink final : public ByteSink {
 public:
  FdSink(int fd, std::span<char> buffer);

  Status flush();
  Status status() const { return status_; }
  uint64_t bytes() const { return bytes_; }  // taken so far, flushed or not

 private:
  static Status take(ByteSink& self, std::string_view bytes);
  Status send(std::string_view bytes);

  int fd_;
  std::span<char> buffer_;
  size_t used_ = 0;
  uint64_t bytes_ = 0;
  Status status_;
};

// The writers' end of a sink: keeps the first error and drops what comes after it.
class Emitter {
 public:
  explicit Emitter(ByteSink& sink) : sink_(sink) {}

  void put(std::string_view bytes) {
    if (status_.is_ok() && !bytes.empty()) status_ = sink_.write(bytes);
  }
  void put(const Text& text) { put(text.view()); }
  Status status() const { return status_; }

 private:
  ByteSink& sink_;
  Status status_;
};

}  // namespace holmes
