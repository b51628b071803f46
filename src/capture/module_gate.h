// Between those who read a module's unwinding tables and those who unload modules.
//
// A reader never waits: while a module is being unloaded it goes without (its stack is cut short).
// An unload waits until the readers of before have left, which takes microseconds; at most
// kLongest, as a reader can have been interrupted by a handler that never returns.
#pragma once

#include <cstdint>

namespace holmes {

// Context: signal handler, malloc path, monitor thread.
class TableReader {
 public:
  TableReader();
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;
  explicit operator bool() const { return allowed_; }

 private:
  bool allowed_;
};

// Context: threads of the host.
class UnloadGuard {
 public:
  UnloadGuard();
  ~UnloadGuard();
  UnloadGuard(const UnloadGuard&) = delete;
  UnloadGuard& operator=(const UnloadGuard&) = delete;

 private:
  static constexpr int64_t kLongest = 100'000'000;
};

// Readers and unloads of the other threads are nobody's in the child. Context: fork child.
void module_gate_after_fork();

}  // namespace holmes
