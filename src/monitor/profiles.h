// Which profiles a kind dumps, and their capture. Each is written before the next is taken, so that
// one arena of temporary memory serves them all.
// Context: event thread.
#pragma once

#include "base/arena.h"
#include "base/status.h"
#include "capture/mappings.h"
#include "config/config.h"
#include "monitor/event.h"

namespace holmes {

struct CaptureCost {
  int64_t last_sample_ns = 0;  // CLOCK_MONOTONIC
  int64_t max_pause_ns = 0;
};

// Told of each profile as it is captured; its memory lasts for the call.
struct ProfileSink {
  Status (*take)(void* context, Profile& profile) = nullptr;
  void* context = nullptr;
};

Status capture_profiles(const Config& config, Kind kind, LazyMemoryMap& map, Arena& arena,
                        CaptureCost& cost, const ProfileSink& sink);

}  // namespace holmes
