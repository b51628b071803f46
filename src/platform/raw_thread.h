// Threads that the C library does not know.
//
// Why: glibc gives up its single-threaded fast paths (stdio, malloc, shared_ptr counts) at the
// first pthread_create, and a process whose last own thread calls pthread_exit() would never end if
// ours were counted. A bare clone(2) changes neither.
//
// The price, which all code of these threads pays: no libc function that uses thread-local data,
// locks, malloc or cancellation. Raw system calls and memcpy are what there is.
// A thread gets thread-local storage of its own (zeroed) so that a stray access, a stack
// protector's or a compiler's, reads our memory and not another thread's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace holmes {

class RawThread {
 public:
  // Starts `run(argument)` with all signals blocked, in a descriptor table of its own that is empty
  // (where the kernel can: Linux 5.9), under `name` (at most 15 bytes, alive until it runs), never
  // under a real-time policy. Must not be running. Returns 0 or -errno. Context: constructor, fork
  // child, other raw threads.
  long start(void (*run)(void*), void* argument, const char* name);

  // True once the kernel has let go of the thread's stack, and before the first start.
  bool finished() const { return tid_.load(std::memory_order_acquire) == 0; }

  // True once the process is rid of the thread, which is a moment after finished(): for system
  // calls that want the caller to be its process's only thread.
  bool gone() const;

  // Gives the stack back. Must be finished.
  void release();

  // The child of a fork has none of its parent's threads; their memory can serve the child's own.
  // Context: fork child.
  void forget_after_fork();

  // Counts a thread of holmes that is not a RawThread as one, too. The word must live for ever.
  static void enroll(const std::atomic<int>* tid);

  // Threads of holmes, for everybody who counts or lists threads.
  static bool is_ours(int tid);
  static unsigned count();

 private:
  static void enter(void* self);

  std::atomic<int> tid_{0};  // cleared by the kernel at the thread's end
  int last_tid_ = 0;         // not cleared
  char* memory_ = nullptr;
  void (*run_)(void*) = nullptr;
  void* argument_ = nullptr;
  const char* name_ = nullptr;
};

}  // namespace holmes
