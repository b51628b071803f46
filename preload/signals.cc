// sigaction and signal: a host that wants the signal of the captures gets it at once, and sees
// nothing of the handler of holmes. All other calls pass through.
#include <signal.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "capture/capture_signal.h"
#include "export.h"
#include "monitor/haste.h"
#include "platform/libc.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

// Returns when no capture sends the signal any more; those at work end early.
// Context: threads of the host, signal handler.
void hand_over(int number) {
  constexpr int64_t kLongest = 1'000'000'000;
  give_up_capture_signal(number);
  if (capture_signal_in_use()) {
    haste::begin();
    const int64_t deadline = monotonic_ns() + kLongest;
    while (capture_signal_in_use() && monotonic_ns() < deadline) {
      const timespec pause = to_timespec(50'000);
      sys::call(SYS_nanosleep, &pause, nullptr);
    }
    haste::end();
  }
  discard_capture_signal(number);
}

using SigAction = int(int, const struct sigaction*, struct sigaction*);
using SignalHandler = void (*)(int);
using Signal = SignalHandler(int, SignalHandler);

}  // namespace
}  // namespace holmes

using namespace holmes;  // NOLINT: the exported functions below live outside of every namespace

HOLMES_EXPORT int sigaction(int number, const struct sigaction* action,
                            struct sigaction* before) noexcept {
  static SigAction* real = nullptr;
  if (real == nullptr) real = reinterpret_cast<SigAction*>(libc::next_symbol("sigaction"));
  if (!is_capture_signal(number)) return real(number, action, before);
  const bool wanted = action != nullptr && action->sa_handler != SIG_DFL;
  const struct sigaction now = action != nullptr ? *action : (struct sigaction){};
  if (before != nullptr) *before = {};  // SIG_DFL
  if (!wanted) return 0;                // stays ours: a signal may still be on its way
  hand_over(number);
  return real(number, &now, nullptr);
}

HOLMES_EXPORT SignalHandler signal(int number, SignalHandler handler) noexcept {
  static Signal* real = nullptr;
  if (real == nullptr) real = reinterpret_cast<Signal*>(libc::next_symbol("signal"));
  if (!is_capture_signal(number)) return real(number, handler);
  if (handler == SIG_DFL) return SIG_DFL;
  hand_over(number);
  return real(number, handler) == SIG_ERR ? SIG_ERR : SIG_DFL;
}
