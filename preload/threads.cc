// pthread_create and thrd_create: remember who created the thread, and learn its stack's bounds in
// the thread itself, where that is safe (pthread_getattr_np later, from elsewhere, can deadlock).
#include <sys/syscall.h>
#include <threads.h>

#include "capture/core.h"
#include "capture/cpu_timers.h"
#include "export.h"
#include "platform/libc.h"
#include "platform/syscall.h"
#include "real.h"

namespace holmes {
namespace {

// From the creator to the thread. The host's own allocator holds it, which pthread_create calls
// anyway.
struct Start {
  void* (*run)(void*);
  int (*run_c11)(void*);
  void* argument;
  StackId creation;
};

Start* make_start(void* (*run)(void*), int (*run_c11)(void*), void* argument,
                  const Registers& caller) {
  auto* start = static_cast<Start*>(g_real.malloc(sizeof(Start)));
  if (start != nullptr) *start = {run, run_c11, argument, creation_stack(caller)};
  return start;
}

int enter(StackId creation) {
  InsideGuard guard(t_state);
  const int tid = static_cast<int>(sys::call(SYS_gettid));
  libc::own_stack(t_state.stack_low, t_state.stack_high);
  g_core.threads.started(tid, creation);
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
  g_real.free(raw);
  return start;
}

void* thread_main(void* raw) {
  const Start start = take(raw);
  const int tid = enter(start.creation);
  void* result = start.run(start.argument);
  leave(tid);
  return result;
}

int thread_main_c11(void* raw) {
  const Start start = take(raw);
  const int tid = enter(start.creation);
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
  Start* start = make_start(run, nullptr, argument, caller);
  if (start == nullptr) return g_real.pthread_create(thread, attributes, run, argument);
  const int error = g_real.pthread_create(thread, attributes, thread_main, start);
  if (error != 0) g_real.free(start);
  return error;
}

HOLMES_EXPORT int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  Start* start = make_start(nullptr, run, argument, caller);
  if (start == nullptr) return g_real.thrd_create(thread, run, argument);
  const int result = g_real.thrd_create(thread, thread_main_c11, start);
  if (result != thrd_success) g_real.free(start);
  return result;
}
