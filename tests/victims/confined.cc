// confined MODE [PROGRAM ARGUMENT...]: a host under seccomp filters that end the process for the
// calls that captures and dumps make: clone, execve, timer_create, process_vm_readv and more.
//   exec     puts the filter on, except for execve, and becomes PROGRAM
//   thread   puts it on its first thread when told `confine`
//   all      puts it on all threads when told `confine`
// Then it allocates and burns in burn_here until its end; `fork` forks a child that ends with 7.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

std::vector<sock_filter> filter_that_kills(const std::vector<int>& numbers) {
  std::vector<sock_filter> code;
  code.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const int number : numbers) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return code;
}

bool confine(std::vector<int> numbers, unsigned flags) {
  auto code = filter_that_kills(numbers);
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0;
}

const std::vector<int> kDeadly = {SYS_clone3,           SYS_timer_create, SYS_timer_settime,
                                  SYS_process_vm_readv, SYS_execveat,     SYS_vfork,
                                  SYS_close_range,      SYS_tgkill,       SYS_mkdirat,
                                  SYS_renameat,         SYS_renameat2,    SYS_unlinkat};

bool input_waits() {
  pollfd input{0, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

std::string fork_child() {
  const pid_t child = fork();
  if (child == 0) _exit(7);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                           : "signal " + std::to_string(WTERMSIG(status));
}

}  // namespace

[[gnu::noinline]] void burn_here() {
  for (volatile int turns = 0; turns < 300'000;) turns = turns + 1;
  std::free(std::malloc(200'000));
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string mode = argv[1];
  if (mode == "exec") {
    std::vector<int> numbers = kDeadly;
    numbers.push_back(SYS_clone);
    if (argc < 3 || !confine(numbers, 0)) return 3;
    execv(argv[2], argv + 2);
    return 4;
  }
  std::thread([] {
    for (;;) pause();
  }).detach();
  victim::say("READY");
  for (;;) {
    while (!input_waits()) burn_here();
    const std::string command = victim::next_command();
    if (command == "confine") {
      std::vector<int> numbers = kDeadly;
      numbers.push_back(SYS_execve);
      const bool done = confine(numbers, mode == "all" ? SECCOMP_FILTER_FLAG_TSYNC : 0);
      victim::say(command + " = " + std::to_string(done ? 0 : errno));
    } else if (command == "fork") {
      victim::say(command + " = " + fork_child());
    } else {
      victim::say(command);
    }
  }
}
