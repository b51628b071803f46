#include "monitor/haste.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include <atomic>
#include <climits>

#include "base/clock.h"
#include "platform/syscall.h"

namespace holmes::haste {
namespace {
std::atomic<uint32_t> g_asked{0};  // a futex: how many ask
}

void begin() {
  g_asked.fetch_add(1, std::memory_order_release);
  sys::call(SYS_futex, &g_asked, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
}

void end() { g_asked.fetch_sub(1, std::memory_order_release); }

void forget_after_fork() { g_asked.store(0); }

bool asked() { return g_asked.load(std::memory_order_acquire) != 0; }

void sleep_until(int64_t deadline_ns) {
  while (!asked() && monotonic_ns() < deadline_ns) {
    const timespec deadline = to_timespec(deadline_ns);
    sys::call(SYS_futex, &g_asked, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, &deadline, nullptr,
              FUTEX_BITSET_MATCH_ANY);
  }
}

}  // namespace holmes::haste
