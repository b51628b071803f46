#include "capture/stack_request.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <atomic>

#include "base/clock.h"
#include "capture/capture_signal.h"
#include "capture/thread_state.h"
#include "capture/unwind.h"
#include "platform/syscall.h"
#include "profile/stack_table.h"

namespace holmes {
namespace {

enum State : uint32_t { kIdle, kAsked, kAnswering, kAnswered };

struct Slot {
  std::atomic<uint32_t> state{kIdle};
  std::atomic<int> tid{0};
  uint32_t frames = 0;
  int64_t pause_ns = 0;
  uintptr_t stack[kMaxFrames] = {};
};

constinit Slot g_slots[kRequestSlots];
std::atomic<uint32_t> g_answers{0};  // a futex: counts up

void wait_for_answers(uint32_t wanted, int64_t deadline_ns) {
  for (;;) {
    const uint32_t seen = g_answers.load(std::memory_order_acquire);
    const int64_t left = deadline_ns - monotonic_ns();
    if (seen >= wanted || left <= 0) return;
    const timespec wait = to_timespec(left);
    sys::call(SYS_futex, &g_answers, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, seen, &wait, nullptr, 0);
  }
}

// Takes the request back. A thread that is answering just now is waited for: its handler is short,
// but it may have been scheduled out in the middle.
bool collect(Slot& slot) {
  uint32_t expected = kAsked;
  if (slot.state.compare_exchange_strong(expected, kIdle)) return false;
  const int64_t give_up = monotonic_ns() + 100'000'000;
  while (slot.state.load(std::memory_order_acquire) == kAnswering) {
    if (monotonic_ns() > give_up) return false;  // the slot stays its own until it answers
    sys::call(SYS_sched_yield);
  }
  return slot.state.exchange(kIdle, std::memory_order_acquire) == kAnswered;
}

}  // namespace

void on_stack_request(const Registers& interrupted) {
  const int64_t begin = monotonic_ns();
  const int tid = static_cast<int>(sys::call(SYS_gettid));
  for (Slot& slot : g_slots) {
    if (slot.tid.load(std::memory_order_relaxed) != tid) continue;
    uint32_t expected = kAsked;
    if (!slot.state.compare_exchange_strong(expected, kAnswering, std::memory_order_acquire))
      continue;
    StackView view = own_stack_view(interrupted.sp, t_state.stack_low, t_state.stack_high);
    slot.frames = static_cast<uint32_t>(unwind(interrupted, true, view, slot.stack).frames);
    slot.pause_ns = monotonic_ns() - begin;
    slot.state.store(kAnswered, std::memory_order_release);
    g_answers.fetch_add(1, std::memory_order_release);
    sys::call(SYS_futex, &g_answers, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
    return;
  }
}

void request_stacks(int signal, std::span<const int> tids, int64_t deadline_ns,
                    std::span<StackAnswer> answers) {
  const size_t count = tids.size() < kRequestSlots ? tids.size() : kRequestSlots;
  const long pid = sys::call(SYS_getpid);
  uint32_t asked = 0;
  bool used[kRequestSlots] = {};
  g_answers.store(0, std::memory_order_relaxed);
  for (size_t i = 0; i < count; ++i) {
    Slot& slot = g_slots[i];
    if (slot.state.load(std::memory_order_acquire) != kIdle) {  // still with a thread of before
      uint32_t answered = kAnswered;
      if (!slot.state.compare_exchange_strong(answered, kIdle)) continue;
    }
    slot.tid.store(tids[i], std::memory_order_relaxed);
    slot.state.store(kAsked, std::memory_order_release);
    used[i] = true;
    if (sys::call(SYS_tgkill, pid, tids[i], signal) == 0) ++asked;
  }
  wait_for_answers(asked, deadline_ns);
  for (size_t i = 0; i < count; ++i) {
    Slot& slot = g_slots[i];
    if (!used[i] || !collect(slot)) continue;
    answers[i] = {{slot.stack, slot.frames}, slot.pause_ns};
  }
}

}  // namespace holmes
