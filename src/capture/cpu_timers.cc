#include "capture/cpu_timers.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/clock.h"
#include "capture/capture_signal.h"
#include "capture/frame_scratch.h"
#include "capture/key_table.h"
#include "capture/signal_permit.h"
#include "capture/tasks.h"
#include "capture/thread_state.h"
#include "capture/unwind.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr uint32_t kMaxThreads = 65535;
constexpr int64_t kLongestDoubt = 1'000'000'000;  // a busy machine gives a thread few turns

struct Timer {
  int tid;
  int id;            // the kernel's; -1 where none could be made
  int64_t begin_ns;  // of its CPU clock, when it was armed; negative: not counted
  FixedString<16> name;
};

struct KnownThread {
  uint64_t number;
};
uint64_t known_key(int tid) { return static_cast<uint64_t>(tid) + 2; }  // 0 and 1 are reserved

// One capture at a time, in static memory: a late signal must find something that is still there.
struct Capture {
  std::atomic<bool> active{false};
  std::atomic<uint32_t> handlers{0};  // at work just now
  std::atomic<uint64_t> ticks{0};
  std::atomic<uint64_t> due{0};  // ticks by the clocks of the threads that are done
  std::atomic<uint64_t> lost{0};
  std::atomic<int64_t> max_pause_ns{0};
  std::atomic<uint32_t> cookie{0};  // tells this capture's timers from an earlier one's
  int signal = 0;
  int64_t period_ns = 0;
  StackTable stacks;
  ChunkedArray<Timer, 6, 11> timers;
  KeyTable<KnownThread> known;  // so that the sweep and the start hook do not arm a thread twice
};
Capture g_capture;

void* timer_value(uint32_t number) {
  const uint64_t cookie = g_capture.cookie.load(std::memory_order_relaxed);
  return reinterpret_cast<void*>(cookie << 32 | number);
}

bool make_timer(int tid, uint32_t number, int& id) {
  struct {
    void* value;
    int signal;
    int notify;
    int thread;
    char unused[64 - 20];
  } event = {timer_value(number), g_capture.signal, SIGEV_THREAD_ID, tid, {}};
  if (sys::call(SYS_timer_create, task_cpu_clock(tid), &event, &id) != 0) return false;
  const timespec period = to_timespec(g_capture.period_ns);
  const itimerspec spec{period, period};
  if (sys::call(SYS_timer_settime, id, 0, &spec, nullptr) == 0) return true;
  sys::call(SYS_timer_delete, id);
  return false;
}

bool own_mask_is_open() {
  uint64_t mask = 0;
  sys::call(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &mask, sizeof mask);
  return (mask >> (g_capture.signal - 1) & 1) == 0;
}

// False: it is armed already, or has been given up.
bool is_new(int tid) {
  KnownThread known{};
  return !g_capture.known.find(known_key(tid), known);
}

// `may`: a thread that blocks the signal would find it in its sigwait() or signalfd, or keep it for
// later.
void arm(int tid, bool may, int64_t begin_ns) {
  if (!is_new(tid)) return;
  const uint32_t number = g_capture.timers.allocate();
  if (number == 0 || number > kMaxThreads) {
    g_capture.lost.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  g_capture.known.insert(known_key(tid), {number});
  Timer& timer = g_capture.timers.at(number);
  timer.tid = tid;
  timer.id = -1;
  timer.name = task_name(tid);
  timer.begin_ns = begin_ns;
  int id = -1;
  if (may && make_timer(tid, number, id)) {
    timer.id = id;
  } else {
    g_capture.lost.fetch_add(1, std::memory_order_relaxed);
  }
}

// A thread that no look has made clear yet. What it computes meanwhile counts as lost.
struct Doubt {
  int tid;
  int64_t begin_ns;
  SignalPermit permit;
};

// False: not yet.
bool arm_when_clear(Doubt& doubt, bool last_chance) {
  if (!is_new(doubt.tid)) return true;  // its own start hook was faster
  const SignalPermit::Answer answer = doubt.permit.look();
  const bool unclear = answer == SignalPermit::Answer::unclear;
  if (unclear && !last_chance) return false;
  const bool may = unclear ? doubt.permit.is_plausible() : answer != SignalPermit::Answer::must_not;
  arm(doubt.tid, may, doubt.begin_ns);
  return true;
}

size_t arm_clear_ones(std::span<Doubt> doubts, bool last_chance) {
  size_t left = 0;
  for (Doubt& doubt : doubts) {
    if (!arm_when_clear(doubt, last_chance)) doubts[left++] = doubt;
  }
  return left;
}

bool arm_all(Arena& arena, std::span<const int> tids) {
  std::span<Doubt> doubts = arena.array<Doubt>(tids.size());
  if (doubts.size() < tids.size()) return false;
  for (size_t i = 0; i < tids.size(); ++i) {
    doubts[i] = {tids[i], task_cpu_ns(tids[i]), SignalPermit(tids[i], g_capture.signal)};
  }
  const int64_t deadline = monotonic_ns() + kLongestDoubt;
  for (;;) {
    doubts = doubts.first(arm_clear_ones(doubts, monotonic_ns() > deadline));
    if (doubts.empty()) return true;
    pause_between_looks();
  }
}

void raise_to(std::atomic<int64_t>& maximum, int64_t value) {
  int64_t seen = maximum.load(std::memory_order_relaxed);
  while (seen < value && !maximum.compare_exchange_weak(seen, value)) {
  }
}

void take_sample(uint32_t number, uint64_t ticks, const Registers& interrupted) {
  const int64_t begin = monotonic_ns();
  StackView view = own_stack_view(interrupted.sp, t_state.stack_low, t_state.stack_high);
  const FrameScratch scratch;
  if (!scratch) {
    g_capture.lost.fetch_add(ticks, std::memory_order_relaxed);
    return;
  }
  const auto frames = scratch.frames();
  const UnwindResult result = unwind(interrupted, true, view, frames);
  const uintptr_t root = number;
  const StackId thread = g_capture.stacks.intern({&root, 1});
  const StackId stack = g_capture.stacks.intern(frames.first(result.frames), thread);
  if (stack == 0) g_capture.lost.fetch_add(ticks, std::memory_order_relaxed);
  g_capture.stacks.count(stack, ticks, 0);
  g_capture.ticks.fetch_add(ticks, std::memory_order_relaxed);
  raise_to(g_capture.max_pause_ns, monotonic_ns() - begin);
}

// The thread's number: its topmost node's "address".
uint32_t thread_of(const StackTable& stacks, StackId id) {
  while (stacks.parent(id) != 0) id = stacks.parent(id);
  return static_cast<uint32_t>(stacks.pc(id));
}

// The kernel looks at these timers when its own clock ticks: what a thread used after the last tick
// that it saw is in no sample, and is said to be lost.
void add_due_ticks(Timer& timer) {
  const int64_t now = task_cpu_ns(timer.tid);
  if (timer.id >= 0 && timer.begin_ns >= 0 && now > timer.begin_ns) {
    g_capture.due.fetch_add(static_cast<uint64_t>((now - timer.begin_ns) / g_capture.period_ns));
  }
  timer.begin_ns = -1;
}

void delete_timers() {
  for (uint32_t number = 1; number <= g_capture.timers.size(); ++number) {
    Timer& timer = g_capture.timers.at(number);
    if (timer.id < 0) continue;
    add_due_ticks(timer);
    sys::call(SYS_timer_delete, timer.id);
    timer.id = -1;
  }
}

void wait_for_handlers() {
  const int64_t give_up = monotonic_ns() + 1'000'000'000;
  while (g_capture.handlers.load(std::memory_order_acquire) != 0 && monotonic_ns() < give_up) {
    const timespec pause = to_timespec(100'000);
    sys::call(SYS_nanosleep, &pause, nullptr);
  }
}

}  // namespace

void on_cpu_timer(const siginfo_t& info, const Registers& interrupted) {
  g_capture.handlers.fetch_add(1, std::memory_order_acq_rel);
  const auto value = reinterpret_cast<uint64_t>(info.si_value.sival_ptr);
  const bool ours = value >> 32 == g_capture.cookie.load(std::memory_order_relaxed);
  if (ours && g_capture.active.load(std::memory_order_acquire)) {
    const uint64_t merged = info.si_overrun > 0 ? static_cast<uint64_t>(info.si_overrun) : 0;
    take_sample(static_cast<uint32_t>(value), 1 + merged, interrupted);
  }
  g_capture.handlers.fetch_sub(1, std::memory_order_release);
}

Status CpuTimers::start(const CpuRequest& request) {
  const int signal = acquire_capture_signal();
  if (signal == 0) return {"find a signal that the host leaves alone", EBUSY};
  release();
  g_capture.signal = signal;
  g_capture.period_ns = 1'000'000'000 / request.hz;
  g_capture.cookie.fetch_add(1);
  started_ns_ = monotonic_ns();
  // The start hook first, then the sweep: a thread that starts in between is caught by one of them.
  g_capture.active.store(true, std::memory_order_release);
  Arena arena;
  const std::span<int> tids = list_tasks(arena);
  if (!tids.empty() && arm_all(arena, tids)) return Status::ok();
  delete_timers();
  g_capture.active.store(false);
  release_capture_signal();
  return {"list the threads in /proc/self/task", EACCES};
}

Status CpuTimers::stop(Arena& arena, Profile& profile, int64_t& max_pause_ns) {
  const int64_t duration = monotonic_ns() - started_ns_;
  delete_timers();
  g_capture.active.store(false, std::memory_order_release);
  wait_for_handlers();
  delete_timers();  // of threads whose start hook was half-way
  release_capture_signal();

  const StackTable& stacks = g_capture.stacks;
  const uint32_t threads = g_capture.timers.size();
  const auto infos = arena.array<ThreadInfo>(size_t{threads} + 1);
  size_t rows = 0;
  for (StackId id = 1; id <= stacks.size(); ++id) rows += stacks.totals(id).first != 0;
  const auto samples = arena.array<Sample>(rows);
  if (infos.empty() || samples.size() < rows) return {"allocate the profile", ENOMEM};
  for (uint32_t number = 1; number <= threads; ++number) {
    const Timer& timer = g_capture.timers.at(number);
    const FixedString<16> now =
        task_name(timer.tid);  // its name may have been set since it started
    infos[number].tid = timer.tid;
    infos[number].name = now.empty() ? timer.name : now;
  }
  size_t row = 0;
  for (StackId id = 1; id <= stacks.size() && row < rows; ++id) {
    const uint64_t ticks = stacks.totals(id).first;
    if (ticks == 0) continue;
    const uint32_t thread = thread_of(stacks, id);
    samples[row].stack = id;
    samples[row].thread = thread <= threads ? static_cast<int32_t>(thread) : -1;
    samples[row].values[0] = static_cast<int64_t>(ticks);
    samples[row].values[1] = static_cast<int64_t>(ticks) * g_capture.period_ns;
    ++row;
  }
  profile.kind = ProfileKind::cpu;
  profile.stacks = &stacks;
  profile.samples = samples;
  profile.threads = infos;
  profile.period = g_capture.period_ns;
  profile.duration_ns = duration;
  const uint64_t due = g_capture.due.load();
  const uint64_t seen = g_capture.ticks.load() + g_capture.lost.load();
  profile.dropped = g_capture.lost.load() + stacks.lost() + (due > seen ? due - seen : 0);
  const int64_t pause = g_capture.max_pause_ns.load();
  if (pause > max_pause_ns) max_pause_ns = pause;
  return Status::ok();
}

void CpuTimers::release() {
  g_capture.stacks.clear();
  g_capture.timers.clear();
  g_capture.known.clear();
  g_capture.ticks.store(0);
  g_capture.due.store(0);
  g_capture.lost.store(0);
  g_capture.max_pause_ns.store(0);
}

void CpuTimers::thread_started(int tid) {
  if (!g_capture.active.load(std::memory_order_acquire)) return;
  g_capture.handlers.fetch_add(1, std::memory_order_acq_rel);  // stop() waits for us
  if (g_capture.active.load(std::memory_order_acquire))
    arm(tid, own_mask_is_open(), task_cpu_ns(tid));
  g_capture.handlers.fetch_sub(1, std::memory_order_release);
}

void CpuTimers::thread_ends(int tid) {
  if (!g_capture.active.load(std::memory_order_acquire)) return;
  g_capture.handlers.fetch_add(1, std::memory_order_acq_rel);
  KnownThread known{};
  if (g_capture.active.load(std::memory_order_acquire) &&
      g_capture.known.remove(known_key(tid), &known)) {
    Timer& timer = g_capture.timers.at(static_cast<uint32_t>(known.number));
    timer.name = task_name(tid);
    add_due_ticks(timer);
  }
  g_capture.handlers.fetch_sub(1, std::memory_order_release);
}

void CpuTimers::before_fork() {
  if (!g_capture.active.load(std::memory_order_acquire)) return;
  const uint64_t ours = uint64_t{1} << (g_capture.signal - 1);
  uint64_t before = 0;
  sys::call(SYS_rt_sigprocmask, SIG_BLOCK, &ours, &before, sizeof ours);
  if ((before & ours) == 0) t_state.held_signal = g_capture.signal;
}

void CpuTimers::after_fork() {
  if (t_state.held_signal == 0) return;
  const uint64_t held = uint64_t{1} << (t_state.held_signal - 1);
  t_state.held_signal = 0;
  sys::call(SYS_rt_sigprocmask, SIG_UNBLOCK, &held, nullptr, sizeof held);
}

void CpuTimers::forget_after_fork() {
  g_capture.active.store(false);
  g_capture.handlers.store(0);
  g_capture.cookie.fetch_add(1);
  g_capture.stacks.clear();
  g_capture.timers.clear();
  g_capture.known.clear();
}

}  // namespace holmes
