#include "output/byte_sink.h"

#include <cstring>

#include "base/file.h"

namespace holmes {

FdSink::FdSink(int fd, std::span<char> buffer) : ByteSink(&take), fd_(fd), buffer_(buffer) {}

Status FdSink::take(ByteSink& base, std::string_view bytes) {
  auto& self = static_cast<FdSink&>(base);
  if (!self.status_.is_ok()) return self.status_;
  self.bytes_ += bytes.size();
  if (bytes.size() > self.buffer_.size() - self.used_) {
    if (!self.flush().is_ok()) return self.status_;
    if (bytes.size() >= self.buffer_.size()) return self.send(bytes);
  }
  std::memcpy(self.buffer_.data() + self.used_, bytes.data(), bytes.size());
  self.used_ += bytes.size();
  return {};
}

Status FdSink::flush() {
  if (!status_.is_ok() || used_ == 0) return status_;
  const std::string_view pending(buffer_.data(), used_);
  used_ = 0;
  return send(pending);
}

Status FdSink::send(std::string_view bytes) {
  const long result = write_all(fd_, bytes);
  if (result < 0) status_ = Status("write a dump", static_cast<int>(-result));
  return status_;
}

}  // namespace holmes
