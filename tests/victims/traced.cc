// Asks its parent to trace it, as some programs do to keep debuggers away, then burns and echoes.
// Nobody waits for its stops: a signal stops it for ever.
#include <sys/ptrace.h>
#include <unistd.h>

#include <thread>

#include "victim.h"

[[gnu::noinline]] void burn_here() {
  for (volatile unsigned long turns = 0;;) turns = turns + 1;
}

int main() {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return 1;
  std::thread([] {
    for (;;) pause();
  }).detach();
  std::thread(burn_here).detach();
  victim::ready_and_wait();
}
