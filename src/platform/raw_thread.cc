#include "platform/raw_thread.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "platform/syscall.h"

extern "C" long holmes_clone_thread(long flags, void* stack_top, void* tls, int* child_tid,
                                    void (*run)(void*), void* argument);

namespace holmes {
namespace {

constexpr size_t kStackBytes = size_t{256} << 10;
// Thread-local variables lie below the thread pointer, the C library's own thread block above.
constexpr size_t kTlsBelow = size_t{16} << 10;
constexpr size_t kTlsAbove = size_t{8} << 10;
constexpr size_t kGuard = 4096;
constexpr size_t kTotal = kGuard + kStackBytes + kTlsBelow + kTlsAbove;

constexpr size_t kMaxThreads = 8;
const std::atomic<int>* g_threads[kMaxThreads];  // entered once, by whoever starts a thread first

char* map_memory() {
  const long at = sys::call(SYS_mmap, nullptr, kTotal, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (at < 0 && at > -4096) return nullptr;
  sys::call(SYS_mprotect, at, kGuard, PROT_NONE);
  return reinterpret_cast<char*>(at);
}

void empty_descriptor_table() {
  // Unsharing from descriptor 0 on copies nothing, so no file of the host is ever held open by us.
  // Before Linux 5.9 the table stays the host's: every descriptor of ours is short-lived anyway.
  sys::call(SYS_close_range, 0, ~0u, CLOSE_RANGE_UNSHARE);
}

// A thread inherits the policy of the one that makes it. Writing a dump takes milliseconds, which a
// real-time host's own threads would wait for. Stepping down needs no privilege; the nice value
// stays.
void leave_real_time() {
  const long policy = sys::call(SYS_sched_getscheduler, 0);
  if (policy != SCHED_FIFO && policy != SCHED_RR) return;
  const sched_param none = {};
  sys::call(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
}

}  // namespace

void RawThread::enroll(const std::atomic<int>* tid) {
  for (const std::atomic<int>*& place : g_threads) {
    if (place == tid) return;
    if (place == nullptr) {
      place = tid;
      return;
    }
  }
}

void RawThread::enter(void* self) {
  auto* thread = static_cast<RawThread*>(self);
  leave_real_time();
  sys::call(SYS_prctl, PR_SET_NAME, thread->name_, 0, 0, 0);
  empty_descriptor_table();
  thread->run_(thread->argument_);
}

long RawThread::start(void (*run)(void*), void* argument, const char* name) {
  if (memory_ == nullptr) memory_ = map_memory();
  if (memory_ == nullptr) return -ENOMEM;
  enroll(&tid_);
  run_ = run;
  argument_ = argument;
  name_ = name;
  char* stack_top = memory_ + kGuard + kStackBytes;
  char* thread_pointer = stack_top + kTlsBelow;
  // The ABI's self pointer, at the thread pointer itself, and glibc's copy of it two words on.
  reinterpret_cast<void**>(thread_pointer)[0] = thread_pointer;
  reinterpret_cast<void**>(thread_pointer)[2] = thread_pointer;

  const uint64_t all = ~uint64_t{0};
  uint64_t before = 0;
  sys::call(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  constexpr long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                         CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  tid_.store(-1, std::memory_order_release);  // running, its number not known yet
  const long tid = holmes_clone_thread(flags, stack_top, thread_pointer,
                                       reinterpret_cast<int*>(&tid_), enter, this);
  if (tid < 0) tid_.store(0);
  last_tid_ = tid < 0 ? 0 : static_cast<int>(tid);
  sys::call(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before);
  return tid < 0 ? tid : 0;
}

bool RawThread::gone() const {
  if (!finished()) return false;
  return last_tid_ == 0 || sys::call(SYS_tgkill, sys::call(SYS_getpid), last_tid_, 0) == -ESRCH;
}

void RawThread::release() {
  if (memory_ != nullptr) sys::call(SYS_munmap, memory_, kTotal);
  memory_ = nullptr;
}

void RawThread::forget_after_fork() {
  tid_.store(0);
  last_tid_ = 0;
}

bool RawThread::is_ours(int tid) {
  for (const std::atomic<int>* place : g_threads) {
    if (place == nullptr) continue;
    // A thread just being made may stand in /proc a moment before its number is known here.
    while (place->load(std::memory_order_relaxed) == -1) sys::call(SYS_sched_yield);
    if (place->load(std::memory_order_relaxed) == tid) return true;
  }
  return false;
}

unsigned RawThread::count() {
  unsigned running = 0;
  for (const std::atomic<int>* place : g_threads) {
    if (place != nullptr && place->load(std::memory_order_relaxed) != 0) ++running;
  }
  return running;
}

}  // namespace holmes
