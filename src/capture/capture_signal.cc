#include "capture/capture_signal.h"

#include <sys/syscall.h>

#include "capture/thread_state.h"
#include "platform/signals.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

int g_signal = 0;
bool g_sigprof_taken = false;

void handle(int, siginfo_t* info, void* context) {
  // Makes no libc call, so errno keeps itself. `inside` keeps a malloc hook from being entered twice.
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
bool is_free(int number) { return signals::current_handler(number) == 0; }

}  // namespace

void leave_sigprof_alone() { g_sigprof_taken = true; }

int acquire_capture_signal() {
  if (g_signal != 0 && is_ours(g_signal)) return g_signal;
  constexpr int kLowestRealTime = 35;  // glibc keeps 32 and 33, and hosts like SIGRTMIN
  if (!g_sigprof_taken && is_free(SIGPROF) && signals::install(SIGPROF, handle)) return g_signal = SIGPROF;
  for (int number = 63; number >= kLowestRealTime; --number) {
    if (is_ours(number)) return g_signal = number;
    if (is_free(number) && signals::install(number, handle)) return g_signal = number;
  }
  return 0;
}

}  // namespace holmes
