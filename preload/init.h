// What other interposed functions tell and ask the library's start-up code.
#pragma once

namespace holmes {

// The host has changed its ids: returns when the monitor has followed, or after a short while.
// Context: threads of the host.
void credentials_changed();

// Looks the real syscall() up. Context: constructor.
void resolve_syscall();

// While it lives, holmes has no thread in this process; false where that could not be reached. The
// monitor's threads that come back have what the calling thread has: namespaces, root and ids.
// Context: threads of the host.
class AloneGuard {
 public:
  AloneGuard();
  ~AloneGuard();
  AloneGuard(const AloneGuard&) = delete;
  AloneGuard& operator=(const AloneGuard&) = delete;
  explicit operator bool() const { return alone_; }
  // Nothing comes back.
  void stay() { entered_ = false; }

 private:
  bool entered_ = false;
  bool alone_ = false;
};

}  // namespace holmes
