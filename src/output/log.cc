#include "output/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "output/log_file.h"
#include "output/standard_error.h"
#include "output/utc_time.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// The part of `text` that ends with its last line end; all of it where there is none.
size_t whole_lines(std::string_view text) {
  size_t end = text.size();
  while (end > 0 && text[end - 1] != '\n') --end;
  return end == 0 ? text.size() : end;
}

}  // namespace

void Logger::configure(const Settings& settings) {
  settings_ = settings;
  error_ = 0;
  retry_at_ns_ = 0;
}

bool Logger::wants(LogLevel level) const {
  return settings_.target != LogTarget::none && level >= settings_.level;
}

bool Logger::ready(LogLevel level) const {
  return wants(level) && (error_ == 0 || monotonic_ns() >= retry_at_ns_);
}

void Logger::line(LogLevel level, std::string_view message) {
  if (!ready(level)) return;
  static constexpr std::string_view kCut = "...";
  char buffer[kMaxLine];
  Text text(std::span<char>(buffer, kMaxLine - kCut.size() - 1));
  print_log_time(realtime_us(), text);
  text.put(" [holmes] ").put(settings_.comm).put('[').num(sys::call(SYS_getpid)).put("] ");
  text.put(message);
  size_t size = text.size();
  for (size_t i = 0; i < size; ++i) {
    if (is_control(buffer[i])) buffer[i] = '?';
  }
  if (text.truncated()) {
    for (const char c : kCut) buffer[size++] = c;
  }
  buffer[size++] = '\n';
  write({buffer, size});
}

void Logger::append_file(const char* path, std::span<char> buffer) {
  if (!ready(LogLevel::info) || buffer.empty()) return;
  const UniqueFd file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file.valid()) return;
  for (uint64_t at = 0;;) {
    const long bytes = sys::call(SYS_pread64, file.get(), buffer.data(), buffer.size(), at);
    if (bytes == -EINTR) continue;
    if (bytes <= 0) return;
    const size_t piece = whole_lines({buffer.data(), static_cast<size_t>(bytes)});
    write({buffer.data(), piece});
    if (error_ != 0) return;
    at += piece;
  }
}

void Logger::write(std::string_view bytes) {
  if (settings_.target == LogTarget::standard_error) {
    note(write_to_standard_error(bytes));
  } else {
    note(append_to_log_file(settings_.file, bytes, settings_.rotate_bytes));
  }
}

void Logger::note(long result) {
  error_ = result < 0 ? static_cast<int>(-result) : 0;
  if (error_ != 0) retry_at_ns_ = monotonic_ns() + kRetryNs;
}

}  // namespace holmes
