#include "capture/thread_registry.h"

#include <algorithm>

#include "capture/tasks.h"

namespace holmes {

void ThreadRegistry::started(int tid, StackId creation) {
  while (threads_.remove(key(tid))) {
  }
  threads_.insert(key(tid), {creation, 0});
}

bool ThreadRegistry::snapshot(Arena& arena, std::span<const int> live, Profile& profile) {
  const auto sorted = arena.array<int>(live.size());
  const auto samples = arena.array<Sample>(live.size());
  const auto infos = arena.array<ThreadInfo>(live.size());
  if (samples.size() < live.size() || infos.size() < live.size()) return false;
  std::copy(live.begin(), live.end(), sorted.begin());
  std::sort(sorted.begin(), sorted.end());
  size_t count = 0;
  threads_.for_each([&](uint64_t key, const Record& record) {
    const int tid = static_cast<int>(key - 2);
    if (!std::binary_search(sorted.begin(), sorted.end(), tid)) {
      threads_.remove(key);
      return;
    }
    if (record.creation == 0 || count == samples.size()) return;
    infos[count].tid = tid;
    infos[count].name = task_name(tid);
    samples[count].stack = record.creation;
    samples[count].thread = static_cast<int32_t>(count);
    samples[count].values[0] = 1;
    ++count;
  });
  profile.kind = ProfileKind::threadcreate;
  profile.stacks = &stacks_;
  profile.samples = samples.first(count);
  profile.threads = infos.first(count);
  profile.period = 1;
  profile.dropped = stacks_.lost();
  return true;
}

}  // namespace holmes
