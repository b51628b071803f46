#include "monitor/monitor.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>

#include "base/clock.h"
#include "capture/allocator.h"
#include "capture/core.h"
#include "monitor/haste.h"
#include "monitor/log_settings.h"
#include "output/decision_line.h"
#include "output/retention.h"
#include "platform/credentials.h"
#include "platform/seccomp.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr Kind kAllKinds[kKinds] = {Kind::cpu, Kind::mem, Kind::heap, Kind::thread};
constexpr int64_t kLimitsAge = 60'000'000'000;  // limits may be changed while the service runs
constexpr int64_t kEventPoll = 20'000'000;      // how soon an ended event is noticed

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

int64_t process_cpu_ns() {
  timespec used{};
  sys::call(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &used);
  return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

// Sleeps while `word` is `seen`, at most until the deadline (CLOCK_MONOTONIC).
void futex_wait(std::atomic<uint32_t>& word, uint32_t seen, int64_t deadline_ns) {
  const timespec deadline = to_timespec(deadline_ns);
  sys::call(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen, &deadline, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(std::atomic<uint32_t>& word) {
  sys::call(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
}

}  // namespace

void Monitor::start(const Config& config) {
  config_ = &config;
  pid_ = sys::call(SYS_getpid);
  thread_.start(run, this, "holmes");
}

void Monitor::restart_in_child() {
  if (config_ == nullptr) return;
  pid_ = sys::call(SYS_getpid);
  leaving_.store(false);
  haste::forget_after_fork();
  thread_.forget_after_fork();
  for (Event& event : events_) event.forget_after_fork();
  for (Watch& watch : watches_) watch = Watch();
  number_ = 0;
  limits_ns_ = 0;
  changes_followed_.store(changes_asked_.load());
  thread_.start(run, this, "holmes");
}

void Monitor::run(void* self) { static_cast<Monitor*>(self)->loop(); }

void Monitor::loop() {
  begin();
  for (;;) {
    wait_for_next_reading();
    if (leaving_.load(std::memory_order_acquire)) return;
    // Put on all threads by the host; a line in the log might be the call that it kills for.
    if (has_new_filter()) return;
    if (!read()) continue;
    if (number_ == 1) tidy_at_start();  // before the first line of the log
    judge_all();
  }
}

// Makes the folder, where the log lives, too, and finishes what processes that were killed left in
// it. Whether it can be written is said when there is something to write.
void Monitor::tidy_at_start() {
  DumpDir dir;
  if (dir.open(config_->dump_path.view()).is_ok()) adopt_orphans(dir, realtime_us());
}

void Monitor::begin() {
  // The first reading's CPU share is that since now, not since the process's start.
  before_ = Reading();
  before_.time_ns = monotonic_ns();
  before_.cpu_ns = process_cpu_ns();
  next_ns_ = before_.time_ns;
}

void Monitor::wait_for_next_reading() {
  // Starved or stopped: no burst of readings afterwards, and no two on each other's heels, as
  // shares of next to no time are noise.
  const int64_t interval = config_->collect_interval_ns;
  const int64_t now = monotonic_ns();
  next_ns_ += interval;
  if (next_ns_ < now + interval / 2) next_ns_ = now + interval;
  for (;;) {
    const int64_t left = next_ns_ - monotonic_ns();
    if (left <= 0 || leaving_.load(std::memory_order_acquire)) return;
    bool any_running = false;
    for (const Event& event : events_) any_running |= event.running();
    sleep_until(monotonic_ns() + (any_running && left > kEventPoll ? kEventPoll : left));
    look_after_events();
  }
}

void Monitor::sleep_until(int64_t deadline_ns) {
  const uint32_t asked = changes_asked_.load(std::memory_order_acquire);
  if (asked == changes_followed_.load(std::memory_order_relaxed)) {
    futex_wait(changes_asked_, asked, deadline_ns);
    return;
  }
  adopt_process_credentials();
  changes_followed_.store(asked, std::memory_order_release);
  futex_wake(changes_followed_);
}

void Monitor::follow_credentials() {
  if (thread_.finished() || !is_this_process()) return;
  const uint32_t wanted = changes_asked_.fetch_add(1, std::memory_order_acq_rel) + 1;
  futex_wake(changes_asked_);
  const int64_t deadline = monotonic_ns() + kFollowTime;
  for (;;) {
    const uint32_t followed = changes_followed_.load(std::memory_order_acquire);
    if (static_cast<int32_t>(followed - wanted) >= 0 || monotonic_ns() >= deadline) return;
    futex_wait(changes_followed_, followed, deadline);
  }
}

bool Monitor::is_this_process() const { return sys::call(SYS_getpid) == pid_; }

bool Monitor::all_gone() const {
  bool gone = thread_.gone();
  for (const Event& event : events_) gone = gone && event.gone();
  return gone;
}

bool Monitor::stand_aside() {
  if (config_ == nullptr || !is_this_process()) return false;
  leaving_.store(true, std::memory_order_release);
  haste::begin();
  changes_asked_.fetch_add(1, std::memory_order_acq_rel);
  futex_wake(changes_asked_);
  const int64_t deadline = monotonic_ns() + kYieldTime;
  while (!all_gone() && monotonic_ns() < deadline) {
    const timespec pause = to_timespec(50'000);
    sys::call(SYS_nanosleep, &pause, nullptr);
  }
  return all_gone();
}

void Monitor::come_back() {
  haste::end();
  leaving_.store(false, std::memory_order_release);
  if (thread_.finished()) thread_.start(run, this, "holmes");
}

void Monitor::look_after_events() {
  for (const Kind kind : kAllKinds) {
    bool succeeded = false;
    if (!event(kind).poll(succeeded)) continue;
    watch(kind).event_ended(succeeded, monotonic_ns(), config_->of(kind).cooldown_ns,
                            config_->collect_interval_ns);
  }
}

void Monitor::refresh_limits() {
  if (limits_ns_ != 0 && now_.time_ns - limits_ns_ < kLimitsAge) return;
  limits_ns_ = now_.time_ns;
  limits_ = find_limits(real_files(), affinity_cores(), config_->use_cgroup);
  if (config_->memory_limit != 0) limits_.memory_bytes = config_->memory_limit;
  if (config_->cpu_cores > 0) limits_.cpu_cores = config_->cpu_cores;
}

// A host that has just grown may be idle when its spike is judged, and nobody would answer then: so
// it is asked while it grows.
void Monitor::ask_allocator() {
  const uint64_t rss = now_.rss_bytes;
  if (rss <= asked_rss_ + asked_rss_ / 20 && rss >= asked_rss_ - asked_rss_ / 5) return;
  asked_rss_ = rss;
  allocator::request(rss);
}

void Monitor::adapt_sampling() {
  const uint64_t samples = g_core.heap.samples();
  const auto seconds = static_cast<double>(now_.time_ns - before_.time_ns) * 1e-9;
  if (seconds <= 0) return;
  const double rate = static_cast<double>(samples - samples_) / seconds;
  samples_ = samples;
  const uint64_t configured = config_->heap_sample_bytes;
  g_core.heap.set_mean(
      std::max(affordable_mean(configured, g_core.heap.mean(), rate, seconds_per_sample()),
               bearable_mean(configured, g_core.heap.live_bytes())));
}

bool Monitor::read() {
  const auto reading = take_reading(RawThread::count());
  if (!reading) return false;
  now_ = *reading;
  ++number_;
  refresh_limits();
  cpu_ = cpu_percent(before_, now_, limits_.cpu_cores);
  watch(Kind::cpu).push(cpu_);
  watch(Kind::mem).push(percent(now_.rss_bytes, limits_.memory_bytes));
  watch(Kind::heap).push(percent(g_core.heap.live_bytes(), limits_.memory_bytes));
  watch(Kind::thread).push(now_.threads);
  ask_allocator();
  adapt_sampling();
  before_ = now_;
  return true;
}

void Monitor::judge_all() {
  const bool over_cpu_max = config_->cpu_max > 0 && cpu_ >= config_->cpu_max;
  for (const Kind kind : kAllKinds) {
    if (config_->of(kind).enabled) judge(kind, over_cpu_max);
  }
}

void Monitor::judge(Kind kind, bool over_cpu_max) {
  const KindConfig& rule = config_->of(kind);
  const Judgement judgement =
      watch(kind).judge(rule, *config_, number_, now_.time_ns, over_cpu_max);
  if (judgement.verdict.dump) {
    fire(kind, judgement.verdict);
  } else if (config_->log_level == LogLevel::debug) {
    logger_.configure(log_settings(*config_));
    TextBuffer<1024> line;
    print_nodump_line({kind, &rule.rule, &watch(kind).history(), judgement.reason}, line);
    logger_.line(LogLevel::debug, line.view());
  }
}

void Monitor::fire(Kind kind, const Verdict& verdict) {
  Trigger trigger;
  trigger.kind = kind;
  trigger.verdict = verdict;
  trigger.history = watch(kind).history();
  trigger.reading = now_;
  trigger.limits = limits_;
  trigger.live_heap_bytes = g_core.heap.live_bytes();
  trigger.decided_ns = monotonic_ns();
  trigger.decided_us = realtime_us();
  if (event(kind).start(*config_, trigger)) {
    watch(kind).event_started();
  } else {
    watch(kind).event_ended(false, trigger.decided_ns, 0, config_->collect_interval_ns);
  }
}

}  // namespace holmes
