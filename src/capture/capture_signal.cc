#include "capture/capture_signal.h"

#include <sys/syscall.h>

#include <atomic>

#include "capture/thread_state.h"
#include "platform/signals.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

std::atomic<int> g_signal{0};
std::atomic<int> g_users{0};       // captures that may send it now
std::atomic<uint64_t> g_hosts{0};  // numbers that the host has claimed, by bit
std::atomic<long> g_pid{0};        // a vfork child shares this memory, but not our handler's table

uint64_t bit(int number) { return uint64_t{1} << (number - 1); }

void handle(int, siginfo_t* info, void* context) {
  // Makes no libc call, so errno keeps itself. `inside` keeps a malloc hook from being entered
  // twice.
  InsideGuard guard(t_state);
  const Registers interrupted = arch::interrupted_registers(context);
  if (info->si_code == SI_TIMER) {
    on_cpu_timer(*info, interrupted);
  } else if (info->si_code == SI_TKILL) {
    on_stack_request(interrupted);
  }
}

bool is_ours(int number) {
  return signals::current_handler(number) == reinterpret_cast<uintptr_t>(&handle);
}

// Claimed numbers are looked up after g_users has been raised: give_up_capture_signal() goes the
// other way round, so that one of the two sees the other.
bool take(int number) {
  if ((g_hosts.load() & bit(number)) != 0) return false;
  if (is_ours(number)) return true;
  return signals::current_handler(number) == 0 && signals::install(number, handle);
}

int choose() {
  const int last = g_signal.load();
  if (last != 0 && take(last)) return last;
  constexpr int kLowestRealTime = 35;  // glibc keeps 32 and 33, and hosts like SIGRTMIN
  if (take(SIGPROF)) return SIGPROF;
  for (int number = 63; number >= kLowestRealTime; --number) {
    if (take(number)) return number;
  }
  return 0;
}

}  // namespace

void leave_sigprof_alone() { g_hosts.fetch_or(bit(SIGPROF)); }

int acquire_capture_signal() {
  g_users.fetch_add(1);
  g_pid.store(sys::call(SYS_getpid));
  const int number = choose();
  g_signal.store(number);
  if (number == 0) release_capture_signal();
  return number;
}

void release_capture_signal() { g_users.fetch_sub(1); }

bool is_capture_signal(int number) {
  const int ours = g_signal.load();
  return ours != 0 && ours == number && g_pid.load() == sys::call(SYS_getpid) && is_ours(number);
}

void give_up_capture_signal(int number) { g_hosts.fetch_or(bit(number)); }

bool capture_signal_in_use() { return g_users.load() > 0; }

void discard_capture_signal(int number) {
  signals::ignore(number);  // POSIX: pending ones are discarded
  int ours = number;
  g_signal.compare_exchange_strong(ours, 0);
}

void capture_signal_after_fork() {
  g_users.store(0);
  if (g_signal.load() != 0) g_pid.store(sys::call(SYS_getpid));
}

}  // namespace holmes
