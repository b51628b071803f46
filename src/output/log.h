// The log: one line a decision, one write(2) a line, shared by all processes of a dump path.
//
//   2026-11-21 19:49:52.145 [holmes] redis-server[4242] message
//
// Times are UTC: the local zone would need libc's time zone lock. Control characters in a message
// become '?', so that no thread's name can forge a line.
//
// The file is opened for each line (O_APPEND, never through a symbolic link) and taken only if it
// is a regular file with one name that belongs to this user or root: in /tmp somebody else may have
// put something there. At `rotate_bytes` it is renamed to FILE.1. Writing never fails loudly: the
// error is kept, and for `kRetryNs` nothing is tried again, so that a broken log costs nothing.
// Context: constructor, monitor thread; one thread at a time per Logger. No allocation, no lock but
// flock(LOCK_NB) while rotating. In a fork child the pid of a line is the child's.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/fixed_string.h"
#include "config/config.h"

namespace holmes {

class Logger {
 public:
  static constexpr uint64_t kRotateBytes = 5u << 20;
  static constexpr int64_t kRetryNs = 10'000'000'000;
  static constexpr size_t kMaxLine = 8192;  // longer ones are cut and end in "..."

  struct Settings {
    LogTarget target = LogTarget::none;
    Path file;  // where the target is a file
    LogLevel level = LogLevel::info;
    FixedString<16> comm;
    uint64_t rotate_bytes = kRotateBytes;
  };

  // Until then, nothing is written. Forgets an earlier error.
  void configure(const Settings& settings);

  bool wants(LogLevel level) const;
  void line(LogLevel level, std::string_view message);

  // HOLMES_DUMP_TO_LOGGER: a text file as it is, in pieces that end at line ends. `buffer` bounds
  // the pieces (and the longest line that stays whole).
  void append_file(const char* path, std::span<char> buffer);

  // The errno of the last failure, 0 after a success.
  int error() const { return error_; }

 private:
  bool ready(LogLevel level) const;
  void write(std::string_view bytes);
  void note(long result);

  Settings settings_;
  int error_ = 0;
  int64_t retry_at_ns_ = 0;
};

}  // namespace holmes
