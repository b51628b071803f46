// CPU profiles by gperftools' profiler, for those who ask for it: HOLMES_CPU_ENGINE=gperftools.
//
// libprofiler brings libunwind and libstdc++, so it is loaded privately (RTLD_LOCAL), at the first
// capture. It needs a thread that the C library knows: choosing this engine starts one, with what
// that costs a single-threaded host. While it captures it keeps a descriptor of the host open and
// writes to it in its handler; it samples by ITIMER_PROF, at CPUPROFILE_FREQUENCY (100), whatever
// HOLMES_CPU_HZ says, and knows nothing of threads. docs/design.md compares both engines.
#pragma once

#include "base/fixed_string.h"
#include "capture/cpu_engine.h"
#include "profile/stack_table.h"

namespace holmes {

class CpuGperftools final : public CpuEngine {
 public:
  // Starts the thread that all calls of libprofiler are made on. Context: constructor, fork child.
  static bool start_thread();

  std::string_view title() const override { return "gperftools"; }
  Status start(const CpuRequest& request) override;
  Status stop(Arena& arena, Profile& profile, int64_t& max_pause_ns) override;
  void release() override;

 private:
  Path folder_;
  Path file_;
  int64_t started_ns_ = 0;
  StackTable stacks_;
};

// A gperftools CPU profile (64-bit words: a header 0 3 0 PERIOD_US 0, records COUNT DEPTH PC…, the
// end 0 1 0) into a table; the period in ns. EINVAL: it is not one, or is cut short. For the engine
// and its test.
Status parse_gperftools_profile(std::span<const uint64_t> words, StackTable& stacks,
                                int64_t& period_ns);

}  // namespace holmes
