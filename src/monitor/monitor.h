// The monitor: the thread that looks. It knows all the other rooms and does nothing itself: read,
// judge, hand a spike to an Event, sleep.
//
// Context: start() and restart_in_child(): a thread of the host; the rest: the monitor's own
// thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "config/config.h"
#include "monitor/event.h"
#include "monitor/watch.h"
#include "output/log.h"
#include "platform/raw_thread.h"
#include "stats/stats.h"

namespace holmes {

class Monitor {
 public:
  // `config` must live as long as the process.
  void start(const Config& config);
  // The child of a fork has no monitor: give it one of its own, with a history of its own.
  void restart_in_child();
  // The process has other user or group ids: returns when the monitor's thread has them, too, or
  // after kFollowTime. Context: threads of the host.
  void follow_credentials();
  // Ends the threads of holmes, and the events that they are at, for a call that wants the caller
  // to be the only thread of the process. False: some are still there after kYieldTime, or this
  // process has none of its own. come_back() starts the monitor anew, with its history, in the
  // caller's namespaces. Context: threads of the host, one at a time.
  bool stand_aside();
  void come_back();

 private:
  static void run(void* self);
  void loop();
  void begin();
  void tidy_at_start();
  void wait_for_next_reading();
  bool read();
  void ask_allocator();
  void adapt_sampling();
  void judge_all();
  void judge(Kind kind, bool over_cpu_max);
  void fire(Kind kind, const Verdict& verdict);
  void look_after_events();
  void refresh_limits();

  Watch& watch(Kind kind) { return watches_[static_cast<size_t>(kind)]; }
  Event& event(Kind kind) { return events_[static_cast<size_t>(kind)]; }

  static constexpr int64_t kFollowTime = 200'000'000;
  static constexpr int64_t kYieldTime = 2'000'000'000;

  // False in a child that clone() or vfork() has made without our fork handler.
  bool is_this_process() const;
  bool all_gone() const;

  void sleep_until(int64_t deadline_ns);

  const Config* config_ = nullptr;
  long pid_ = 0;
  std::atomic<bool> leaving_{false};
  RawThread thread_;
  // Futexes: changes of ids asked for, and followed.
  std::atomic<uint32_t> changes_asked_{0};
  std::atomic<uint32_t> changes_followed_{0};
  Watch watches_[kKinds];
  Event events_[kKinds];
  Logger logger_;
  Limits limits_;
  int64_t limits_ns_ = 0;
  Reading before_;
  Reading now_;
  uint64_t asked_rss_ = 0;
  uint64_t samples_ = 0;  // of the heap, as of the last reading
  double cpu_ = 0;
  uint64_t number_ = 0;
  int64_t next_ns_ = 0;
};

}  // namespace holmes
