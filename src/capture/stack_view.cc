#include "capture/stack_view.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr uintptr_t kPage = 4096;

// EFAULT instead of a fault, also for guard pages.
bool readable(uintptr_t address) {
  uint64_t word;
  iovec local{&word, sizeof word};
  iovec remote{reinterpret_cast<void*>(address), sizeof word};
  const long pid = sys::call(SYS_getpid);
  return sys::call(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0) == sizeof word;
}

}  // namespace

StackView own_stack_view(uintptr_t sp, uintptr_t low, uintptr_t high) {
  if (sp >= low && sp < high) return {sp & ~uintptr_t{7}, high, 0, false, low, high};
  const uintptr_t page_end = (sp | (kPage - 1)) + 1;
  return {sp & ~uintptr_t{7}, page_end, 0, true, low, high};
}

bool StackReader::follow(uintptr_t sp) {
  if (view_.contains(sp)) return true;
  if (view_.shift != 0) return false;
  view_ = own_stack_view(sp, view_.home_low, view_.home_high);
  // A handler may have changed what it returns to: this one address is asked for before it is read.
  return readable(sp & ~uintptr_t{7});
}

[[gnu::noinline]] bool StackReader::extend(uintptr_t address) {
  constexpr uintptr_t kFarthest = uintptr_t{8} << 20;
  if (!view_.probe || address - view_.low > kFarthest) return false;
  while (address > view_.high - arch::kWord) {
    if (!readable(view_.high)) return false;
    view_.high += kPage;
  }
  return true;
}

}  // namespace holmes
