// Signals by raw system calls: the handler table as the kernel has it.
// Context: monitor thread, constructor.
#pragma once

#include <signal.h>

#include <cstdint>

namespace holmes::signals {

using Handler = void (*)(int, siginfo_t*, void*);

// What the kernel calls for `number` now: SIG_DFL is 0, SIG_IGN is 1.
uintptr_t current_handler(int number);

void ignore(int number);

// Installs with SA_SIGINFO | SA_RESTART | SA_ONSTACK and nothing else blocked meanwhile.
bool install(int number, Handler handler);

}  // namespace holmes::signals
