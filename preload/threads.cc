// pthread_create and thrd_create: remember who created the thread, and learn its stack's bounds in
// the thread itself, from what its creator planned (pthread_getattr_np allocates).
#include <sys/syscall.h>
#include <threads.h>

#include <atomic>

#include "capture/core.h"
#include "capture/cpu_timers.h"
#include "export.h"
#include "platform/libc.h"
#include "platform/syscall.h"
#include "real.h"

namespace holmes {
namespace {

// From the creator to the thread.
struct Start {
  void* (*run)(void*);
  int (*run_c11)(void*);
  void* argument;
  StackId creation;
  libc::StackPlan stack;
};

// Places for those that are on their way: a thread that gave one back to the allocator would be
// given an arena by glibc for that alone. Those beyond get memory of the allocator. A place that
// was taken while somebody forked stays taken in the child.
struct Place {
  std::atomic<bool> taken;
  Start start;
};
constinit Place g_places[64] = {};

Start* find_place() {
  for (Place& place : g_places) {
    if (!place.taken.load(std::memory_order_relaxed) &&
        !place.taken.exchange(true, std::memory_order_acquire)) {
      return &place.start;
    }
  }
  return static_cast<Start*>(g_real.malloc(sizeof(Start)));
}

void give_back(Start* start) {
  for (Place& place : g_places) {
    if (&place.start == start) return place.taken.store(false, std::memory_order_release);
  }
  g_real.free(start);
}

Start* make_start(void* (*run)(void*), int (*run_c11)(void*), void* argument,
                  const void* attributes, const Registers& caller) {
  Start* start = find_place();
  if (start != nullptr) {
    *start = {run, run_c11, argument, creation_stack(caller), libc::plan_stack(attributes)};
  }
  return start;
}

int enter(const Start& start) {
  InsideGuard guard(t_state);
  const int tid = static_cast<int>(sys::call(SYS_gettid));
  uintptr_t low = 0;
  uintptr_t high = 0;
  if (libc::own_stack(start.stack, low, high)) {
    t_state.stack_low = low;
    t_state.stack_high = high;
  }
  g_core.threads.started(tid, start.creation);
  CpuTimers::thread_started(tid);
  return tid;
}

void leave(int tid) {
  InsideGuard guard(t_state);
  CpuTimers::thread_ends(tid);
  g_core.threads.ended(tid);
}

Start take(void* raw) {
  const Start start = *static_cast<Start*>(raw);
  give_back(static_cast<Start*>(raw));
  return start;
}

void* thread_main(void* raw) {
  const Start start = take(raw);
  const int tid = enter(start);
  void* result = start.run(start.argument);
  leave(tid);
  return result;
}

int thread_main_c11(void* raw) {
  const Start start = take(raw);
  const int tid = enter(start);
  const int result = start.run_c11(start.argument);
  leave(tid);
  return result;
}

}  // namespace
}  // namespace holmes

using namespace holmes;  // NOLINT: the exported functions below live outside of every namespace

HOLMES_EXPORT int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                 void* (*run)(void*), void* argument) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  Start* start = make_start(run, nullptr, argument, attributes, caller);
  if (start == nullptr) return g_real.pthread_create(thread, attributes, run, argument);
  const int error = g_real.pthread_create(thread, attributes, thread_main, start);
  if (error != 0) give_back(start);
  return error;
}

HOLMES_EXPORT int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  Start* start = make_start(nullptr, run, argument, nullptr, caller);
  if (start == nullptr) return g_real.thrd_create(thread, run, argument);
  const int result = g_real.thrd_create(thread, thread_main_c11, start);
  if (result != thrd_success) give_back(start);
  return result;
}
