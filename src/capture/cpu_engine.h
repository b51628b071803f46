// What a CPU capture is to the monitor: start, wait, stop. Engines are interchangeable.
// Context: monitor thread, unless a function says otherwise.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "base/status.h"
#include "profile/profile.h"

namespace holmes {

struct CpuRequest {
  uint32_t hz = 100;
  std::string_view scratch_folder;  // for engines that must write a file; exists
};

class CpuEngine {
 public:
  virtual std::string_view title() const = 0;
  virtual Status start(const CpuRequest& request) = 0;
  // Ends the sampling and fills kind, samples, threads, stacks, period, duration and dropped.
  // `max_pause_ns`: the longest time a thread spent in the handler.
  virtual Status stop(Arena& arena, Profile& profile, int64_t& max_pause_ns) = 0;
  // The profile of stop() has been written: give its memory back.
  // Also after a stop() that failed.
  virtual void release() = 0;

 protected:
  ~CpuEngine() = default;
};

}  // namespace holmes
