// CPU profiles by one POSIX timer per thread, on that thread's own CPU clock.
//
// Unlike ITIMER_PROF, whose signal goes to any thread and which loses samples above about 2.5 busy
// cores, each thread is sampled by the time that it itself has used. Timers exist only while a
// capture runs. A sample's stack is unwound in the handler (capture/unwind.h) and counted in a
// table of the capture; timer expirations that were merged count as what they were.
//
// The stack of a sample lies below a node whose "address" is the thread's number in this capture
// (1 … 65535), which no code address can be; profile/frames.h leaves it out.
#pragma once

#include <atomic>

#include "capture/cpu_engine.h"

namespace holmes {

class CpuTimers final : public CpuEngine {
 public:
  std::string_view title() const override { return "timers"; }
  Status start(const CpuRequest& request) override;
  Status stop(Arena& arena, Profile& profile, int64_t& max_pause_ns) override;
  void release() override;

  // A thread has started: sample it, too. Context: start of a thread of the host.
  static void thread_started(int tid);
  // It is about to end: the last moment to see its name and its CPU clock; its id may come again.
  // Context: end of a thread of the host.
  static void thread_ends(int tid);
  // A fork of a large process takes longer than a sample's period, and kernels before 4.19 begin it
  // anew at each signal: the calling thread takes none meanwhile. after_fork: in parent and child.
  // Context: fork handlers.
  static void before_fork();
  static void after_fork();
  // The fork's child has no timers and no capture. Context: fork child.
  static void forget_after_fork();

 private:
  int64_t started_ns_ = 0;
};

}  // namespace holmes
