#include "platform/signals.h"

#include <sys/syscall.h>

#include "platform/syscall.h"

extern "C" void holmes_signal_return();

namespace holmes::signals {
namespace {

constexpr unsigned long kRestorer = 0x04000000;  // SA_RESTORER

struct KernelAction {
  uintptr_t handler = 0;
  unsigned long flags = 0;
  void (*restorer)() = nullptr;
  uint64_t mask = 0;
};

}  // namespace

uintptr_t current_handler(int number) {
  KernelAction action;
  const long done = sys::call(SYS_rt_sigaction, number, nullptr, &action, sizeof action.mask);
  return done < 0 ? ~uintptr_t{0} : action.handler;
}

void ignore(int number) {
  KernelAction action;
  action.handler = 1;  // SIG_IGN
  sys::call(SYS_rt_sigaction, number, &action, nullptr, sizeof action.mask);
}

bool install(int number, Handler handler) {
  KernelAction action;
  action.handler = reinterpret_cast<uintptr_t>(handler);
  action.flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | kRestorer;
  action.restorer = holmes_signal_return;
  return sys::call(SYS_rt_sigaction, number, &action, nullptr, sizeof action.mask) == 0;
}

}  // namespace holmes::signals
