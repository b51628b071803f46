// A prefork server in small: the master forks one worker, prints "worker PID" and only waits; on
// `burn` the worker spins in worker_burn for ever.
#include <sys/prctl.h>
#include <unistd.h>
#include <csignal>

#include "victim.h"

[[gnu::noinline]] void worker_burn() {
  for (volatile unsigned long turns = 0;;) {
    turns = turns + 1;
  }
}

namespace {

[[noreturn]] void work(int commands) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char go;
  if (read(commands, &go, 1) == 1) worker_burn();
  _exit(0);
}

}  // namespace

int main() {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 1;
  const pid_t worker = fork();
  if (worker < 0) return 1;
  if (worker == 0) work(pipe_ends[0]);
  victim::say("worker " + std::to_string(worker));
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "burn" && write(pipe_ends[1], "b", 1) != 1) return 1;
    victim::say(command);
  }
}
