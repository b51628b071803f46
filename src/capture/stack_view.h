// The stack that a walk reads from, and how it is read without a fault.
//
// Every read is bounded: by known bounds, by a copy's size, or, where nothing is known of the stack
// (fibers, threads made behind our back), page by page by a system call that fails instead of
// faulting. Context: signal handler, malloc path, monitor thread.
#pragma once

#include <cstdint>

#include "platform/registers.h"

namespace holmes {

// Addresses in [low, high), found at `shift` bytes from there (0: in place).
struct StackView {
  uintptr_t low = 0;
  uintptr_t high = 0;
  intptr_t shift = 0;
  bool probe = false;  // `high` is only the end of the page: ask the kernel before going on
  // The thread's own stack as recorded, for a walk that comes back to it from an alternate one.
  uintptr_t home_low = 0;
  uintptr_t home_high = 0;

  bool contains(uintptr_t address) const { return address >= low && address < high; }
};

// The calling thread's stack when `sp` lies in its own, [home_low, home_high), else a probed view.
StackView own_stack_view(uintptr_t sp, uintptr_t home_low, uintptr_t home_high);

// A walk that a damaged signal frame sends anywhere asks the kernel first, and the kernel lets it
// read memory that AddressSanitizer keeps for itself: its checks stay out of here. Guard pages
// catch a read too far.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
[[gnu::no_sanitize_address]]
#endif
#endif
inline uintptr_t
word_at(uintptr_t address) {
  using Word [[gnu::may_alias]] = uintptr_t;
  return *reinterpret_cast<const Word*>(address);
}

// Reads, and extends or changes the view where a walk may go on. The view is the caller's, as stack
// is scarce where this runs.
class StackReader {
 public:
  explicit StackReader(StackView& view) : view_(view) {}

  const StackView& view() const { return view_; }
  bool read(uintptr_t address, uintptr_t& value) {
    if ((address & 7) != 0 || address < view_.low) return false;
    if (address > view_.high - arch::kWord && !extend(address)) return false;
    value = word_at(address + static_cast<uintptr_t>(view_.shift));
    return true;
  }

  // The walk goes on elsewhere: from a handler's alternate stack to the interrupted one. False:
  // only this stack was copied.
  bool follow(uintptr_t sp);

 private:
  bool extend(uintptr_t address);
  StackView& view_;
};

}  // namespace holmes
