#include "monitor/profiles.h"

#include <errno.h>

#include "base/clock.h"
#include "capture/core.h"
#include "capture/cpu_gperftools.h"
#include "capture/cpu_timers.h"
#include "capture/tasks.h"
#include "capture/thread_dump.h"
#include "monitor/haste.h"

namespace holmes {
namespace {

constinit CpuTimers g_timers;
constinit CpuGperftools g_gperftools;

CpuEngine& engine_of(const Config& config) {
  if (config.cpu_engine == CpuEngineChoice::gperftools) return g_gperftools;
  return g_timers;
}

Status capture_heap(Arena& arena, CaptureCost& cost, const ProfileSink& sink) {
  cost.last_sample_ns = monotonic_ns();
  if (g_core.heap.mean() == 0) return {};  // HOLMES_HEAP_SAMPLE=0: the manifest says so
  Profile profile;
  if (!g_core.heap.snapshot(arena, profile)) return {"allocate the heap profile", ENOMEM};
  cost.last_sample_ns = monotonic_ns();
  return sink.take(sink.context, profile);
}

Status capture_cpu(const Config& config, Arena& arena, CaptureCost& cost, const ProfileSink& sink) {
  CpuEngine& engine = engine_of(config);
  Status status = engine.start({config.cpu_hz, config.dump_path.view()});
  if (!status.is_ok()) return status;
  haste::sleep_until(monotonic_ns() + config.cpu_duration_ns);
  Profile profile;
  status = engine.stop(arena, profile, cost.max_pause_ns);
  cost.last_sample_ns = monotonic_ns();
  if (status.is_ok()) status = sink.take(sink.context, profile);
  engine.release();
  return status;
}

Status capture_threads(StackTable& stacks, LazyMemoryMap& map, Arena& arena, CaptureCost& cost,
                       const ProfileSink& sink) {
  ThreadDump dump;
  if (!dump_threads(arena, stacks, map, dump)) return {"read the threads in /proc/self/task", EIO};
  cost.last_sample_ns = dump.last_sample_ns;
  if (dump.max_pause_ns > cost.max_pause_ns) cost.max_pause_ns = dump.max_pause_ns;
  const Status status = sink.take(sink.context, dump.profile);
  if (!status.is_ok()) return status;
  Profile creation;
  const std::span<int> live = list_tasks(arena);
  if (!g_core.threads.snapshot(arena, live, creation)) {
    return {"allocate the threadcreate profile", ENOMEM};
  }
  return sink.take(sink.context, creation);
}

}  // namespace

Status capture_profiles(const Config& config, Kind kind, LazyMemoryMap& map, Arena& arena,
                        CaptureCost& cost, const ProfileSink& sink) {
  switch (kind) {
    case Kind::mem:
    case Kind::heap: return capture_heap(arena, cost, sink);
    case Kind::cpu: return capture_cpu(config, arena, cost, sink);
    case Kind::thread: {
      StackTable stacks;
      const Status status = capture_threads(stacks, map, arena, cost, sink);
      stacks.clear();
      return status;
    }
  }
  return {"capture", EINVAL};
}

}  // namespace holmes
