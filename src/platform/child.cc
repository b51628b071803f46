#include "platform/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "platform/syscall.h"

extern "C" long holmes_clone_thread(long flags, void* stack_top, void* tls, int* child_tid,
                                    void (*run)(void*), void* argument);

namespace holmes {
namespace {

constexpr size_t kStack = 8192;

void exit_process(int code) {
  for (;;) sys::call(SYS_exit_group, code);
}

// Handlers are the host's code: no process of ours may run one. The table is a copy of its own (no
// CLONE_SIGHAND), so the host's stays as it is. An ignored SIGCHLD would lose the exit status, too.
void default_signal_actions() {
  struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    unsigned long mask;
  } action = {};
  for (int number = 1; number <= 64; ++number) {
    sys::call(SYS_rt_sigaction, number, &action, nullptr, 8);
  }
}

void unblock_signals() {
  const unsigned long none = 0;
  sys::call(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8);
}

void close_descriptors(unsigned first) {
  if (sys::call(SYS_close_range, first, ~0u, 0) == 0) return;
  for (unsigned fd = first; fd < 65536; ++fd) sys::call(SYS_close, fd);
}

int decode(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return 128 + WTERMSIG(status);
}

}  // namespace

void Child::become(void* self) {
  const ChildCommand& command = static_cast<Child*>(self)->command_;
  if (command.own_session) {
    sys::call(SYS_setsid);
  } else {
    sys::call(SYS_setpgid, 0, 0);
  }
  // An empty table makes these 0, 1 and 2; with the host's table (old kernels) they replace the
  // copies.
  for (int fd = 0; fd < 3; ++fd) {
    const long null = sys::call(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    if (null >= 0 && null != fd) {
      sys::call(SYS_dup3, null, fd, 0);
      sys::call(SYS_close, null);
    }
  }
  close_descriptors(3);
  default_signal_actions();
  unblock_signals();
  sys::call(SYS_execve, command.file, command.argv, command.envp);
  exit_process(127);
}

void Child::keep(void* self) {
  auto* child = static_cast<Child*>(self);
  sys::call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  sys::call(SYS_prctl, PR_SET_NAME, "holmes-keeper", 0, 0, 0);
  default_signal_actions();
  close_descriptors(0);
  char* top = static_cast<char*>(child->stacks_) + 2 * kStack;
  const long pid =
      holmes_clone_thread(CLONE_VM | CLONE_VFORK | SIGCHLD, top, nullptr, nullptr, become, self);
  if (pid < 0) exit_process(127);
  child->child_ = pid;
  int status = 0;
  long done;
  do {
    done = sys::call(SYS_wait4, pid, &status, __WALL, nullptr);
  } while (done == -EINTR);
  exit_process(done == pid ? decode(status) : 127);
}

bool Child::start(const ChildCommand& command) {
  if (stacks_ == nullptr) {
    const long at = sys::call(SYS_mmap, nullptr, 2 * kStack, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096) return false;
    stacks_ = reinterpret_cast<void*>(at);
  }
  command_ = command;
  child_ = 0;
  keeper_ = holmes_clone_thread(CLONE_VM, static_cast<char*>(stacks_) + kStack, nullptr, nullptr,
                                keep, this);
  if (keeper_ < 0) keeper_ = 0;
  return keeper_ > 0;
}

bool Child::poll(int& exit_code) {
  if (keeper_ <= 0) return false;
  int status = 0;
  const long done = sys::call(SYS_wait4, keeper_, &status, WNOHANG | __WCLONE, nullptr);
  if (done == 0) return false;
  exit_code = done == keeper_ ? decode(status) : 127;
  keeper_ = 0;
  return true;
}

void Child::release() {
  if (stacks_ != nullptr) sys::call(SYS_munmap, stacks_, 2 * kStack);
  stacks_ = nullptr;
}

void Child::kill() {
  if (keeper_ > 0 && child_ > 0) sys::call(SYS_kill, child_, SIGKILL);
}

}  // namespace holmes
