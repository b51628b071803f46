#include "capture/module_gate.h"

#include <sys/syscall.h>

#include <atomic>

#include "base/clock.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

// Each side announces itself first and looks at the other then, in one order for all threads
// (sequential consistency): one of the two sees the other.
std::atomic<int32_t> g_readers{0};
std::atomic<int32_t> g_unloads{0};

}  // namespace

TableReader::TableReader() {
  g_readers.fetch_add(1);
  allowed_ = g_unloads.load() <= 0;
}

TableReader::~TableReader() { g_readers.fetch_sub(1); }

UnloadGuard::UnloadGuard() {
  g_unloads.fetch_add(1);
  if (g_readers.load() <= 0) return;
  const int64_t deadline = monotonic_ns() + kLongest;
  while (g_readers.load() > 0 && monotonic_ns() < deadline) {
    const timespec pause = to_timespec(20'000);
    sys::call(SYS_nanosleep, &pause, nullptr);
  }
}

UnloadGuard::~UnloadGuard() { g_unloads.fetch_sub(1); }

void module_gate_after_fork() {
  g_readers.store(0);
  g_unloads.store(0);
}

}  // namespace holmes
