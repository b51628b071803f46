// A child process that the host never sees.
//
// The host's SIGCHLD and wait(-1) must not notice our children (nginx's master, PostgreSQL's
// postmaster, shells). execve(2) gives a child its SIGCHLD back, so a keeper stands in between: a
// process cloned with exit signal 0 that forks the real child, waits for it, and exits with its
// status. The keeper shares our memory, so it costs no page tables, and dies with our thread
// (PR_SET_PDEATHSIG), so that it never keeps the memory of a dead host alive; the child lives on.
// Context: monitor thread.
#pragma once

#include <cstddef>

namespace holmes {

struct ChildCommand {
  const char* file = nullptr;         // absolute path
  const char* const* argv = nullptr;  // nullptr-terminated, alive until the child has ended
  const char* const* envp = nullptr;
  // A session of its own, for commands that may want a terminal and must not find the host's. Not
  // for those that step back: where sessions share out the CPU (sched_autogroup, on by default in
  // many distributions) a new one gets as much as the host, however nice its processes are.
  bool own_session = false;
};

class Child {
 public:
  // Starts the command in a process group of its own (no Ctrl-C of the host's reaches it) with
  // default signals, an empty signal mask and descriptors 0, 1, 2 on /dev/null. Returns false when
  // no process could be made.
  bool start(const ChildCommand& command);
  bool running() const { return keeper_ > 0; }

  // Has it ended? Never blocks. `exit_code` is 128 + signal where a signal ended it, 127 where it
  // could not be executed.
  bool poll(int& exit_code);

  // Gives the keeper's stack back. Must not be running.
  void release();

  // Kills the command; poll() then reports it.
  void kill();

 private:
  static void keep(void* self);
  static void become(void* self);
  ChildCommand command_;
  long keeper_ = 0;
  volatile long child_ = 0;
  void* stacks_ = nullptr;
};

}  // namespace holmes
