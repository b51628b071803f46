// One event, from the decision to the manifest, on a thread of its own: neither a capture of
// seconds nor a slow disk delays the monitor's next reading.
#pragma once

#include <atomic>

#include "capture/cpu_engine.h"
#include "config/config.h"
#include "output/manifest.h"
#include "platform/raw_thread.h"
#include "stats/stats.h"

namespace holmes {

// What the monitor knew when it decided.
struct Trigger {
  Kind kind = Kind::cpu;
  Verdict verdict;
  Ring history;
  Reading reading;
  Limits limits;
  uint64_t live_heap_bytes = 0;
  int64_t decided_ns = 0;  // CLOCK_MONOTONIC
  int64_t decided_us = 0;  // CLOCK_REALTIME
};

class Event {
 public:
  // Starts making the event. False: no thread could be made. Must not be running.
  bool start(const Config& config, const Trigger& trigger);
  bool running() const { return running_; }
  // Has it ended since the last look? Then `succeeded` says whether the profiles are on disk.
  bool poll(bool& succeeded);
  // Has its thread left the process? Context: any thread of the host.
  bool gone() const { return thread_.gone(); }
  // Context: fork child.
  void forget_after_fork();

 private:
  static void run(void* self);
  bool make();

  RawThread thread_;
  const Config* config_ = nullptr;
  Trigger trigger_;
  bool running_ = false;
  bool succeeded_ = false;
};

}  // namespace holmes
