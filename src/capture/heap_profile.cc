#include "capture/heap_profile.h"

#include <algorithm>

#include "capture/sampling.h"

namespace holmes {
namespace {

// Objects are totalled in 1/1024: a sample of a large block stands for 1.0 to 1.6 of them.
constexpr double kObjectUnit = 1024;

int64_t rounded(double value) { return static_cast<int64_t>(value + 0.5); }
int64_t bytes_of(const LiveBlock& block) {
  return rounded(block.weight * static_cast<double>(block.size));
}

}  // namespace

void HeapProfile::filter_add(uintptr_t address) {
  const std::atomic_ref<uint8_t> count(filter_[filter_slot(address)]);
  uint8_t seen = count.load(std::memory_order_relaxed);
  while (seen != 255 && !count.compare_exchange_weak(seen, static_cast<uint8_t>(seen + 1))) {
  }
}

void HeapProfile::filter_remove(uintptr_t address) {
  const std::atomic_ref<uint8_t> count(filter_[filter_slot(address)]);
  uint8_t seen = count.load(std::memory_order_relaxed);
  while (seen != 255 && seen != 0 &&
         !count.compare_exchange_weak(seen, static_cast<uint8_t>(seen - 1))) {
  }
}

void HeapProfile::insert(uintptr_t address, const LiveBlock& block) {
  // First the filter: a free of this block by another thread must never overlook it.
  filter_add(address);
  if (!live_.insert(address, block)) {
    filter_remove(address);
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  live_bytes_.fetch_add(bytes_of(block), std::memory_order_relaxed);
  if (block.unmarked != 0) unmarked_.fetch_add(1);
}

void HeapProfile::record(uintptr_t address, size_t size, uint64_t mean,
                         std::span<const uintptr_t> stack, bool unmarked) {
  if (mean == 0 || address == 0) return;
  samples_.fetch_add(1, std::memory_order_relaxed);
  if (may_hold(address)) forget(address);  // its free was missed
  const StackId id = stacks_.intern(stack);
  const LiveBlock block{size, sample_weight(size, mean), id, unmarked};
  count(id, static_cast<uint64_t>(rounded(block.weight * kObjectUnit)),
        static_cast<uint64_t>(bytes_of(block)));
  insert(address, block);
}

void HeapProfile::count(StackId stack, uint64_t objects, uint64_t bytes) {
  if (stack != 0) return stacks_.count(stack, objects, bytes);
  stackless_objects_.fetch_add(objects, std::memory_order_relaxed);
  stackless_bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

StackTable::Totals HeapProfile::totals(StackId stack) const {
  if (stack != 0) return stacks_.totals(stack);
  return {stackless_objects_.load(std::memory_order_relaxed),
          stackless_bytes_.load(std::memory_order_relaxed)};
}

bool HeapProfile::forget(uintptr_t address, LiveBlock* block) {
  LiveBlock removed{};
  if (!live_.remove(address, &removed)) return false;
  filter_remove(address);
  live_bytes_.fetch_sub(bytes_of(removed), std::memory_order_relaxed);
  if (removed.unmarked != 0) unmarked_.fetch_sub(1);
  if (block != nullptr) *block = removed;
  return true;
}

void HeapProfile::restore(uintptr_t address, const LiveBlock& block) { insert(address, block); }

uint64_t HeapProfile::live_bytes() const {
  const int64_t bytes = live_bytes_.load(std::memory_order_relaxed);
  return bytes < 0 ? 0 : static_cast<uint64_t>(bytes);
}

uint64_t HeapProfile::lost() const {
  return lost_.load(std::memory_order_relaxed) + stacks_.lost();
}

// One row a stack that has ever been sampled, by number: 20 bytes each, and the rest of a sample is
// made from them when it is written.
struct HeapProfile::Snapshot {
  const HeapProfile* heap;
  std::span<StackId> ids;
  std::span<double> live_objects;
  std::span<int64_t> live_bytes;

  bool collect(Arena& arena, const HeapProfile& profile);
  static Sample get(const void* context, size_t index);
};

bool HeapProfile::Snapshot::collect(Arena& arena, const HeapProfile& profile) {
  heap = &profile;
  const uint32_t nodes = profile.stacks_.size();
  size_t rows = 0;
  for (StackId id = 0; id <= nodes; ++id) rows += profile.totals(id).first != 0;
  ids = arena.array<StackId>(rows);
  live_objects = arena.array<double>(rows);
  live_bytes = arena.array<int64_t>(rows);
  if (ids.size() < rows || live_objects.size() < rows || live_bytes.size() < rows) return false;
  size_t row = 0;
  for (StackId id = 0; id <= nodes && row < rows; ++id) {
    if (profile.totals(id).first != 0) ids[row++] = id;
  }
  ids = ids.first(row);
  profile.live_.for_each([&](uint64_t, const LiveBlock& block) {
    const auto at = std::lower_bound(ids.begin(), ids.end(), block.stack);
    if (at == ids.end() || *at != block.stack) return;  // came after the count
    const auto place = static_cast<size_t>(at - ids.begin());
    live_objects[place] += block.weight;
    live_bytes[place] += bytes_of(block);
  });
  return true;
}

Sample HeapProfile::Snapshot::get(const void* context, size_t index) {
  const auto& snapshot = *static_cast<const Snapshot*>(context);
  const StackTable::Totals totals = snapshot.heap->totals(snapshot.ids[index]);
  Sample sample;
  sample.stack = snapshot.ids[index];
  sample.values[0] = rounded(static_cast<double>(totals.first) / kObjectUnit);
  sample.values[1] = static_cast<int64_t>(totals.second);
  sample.values[2] = rounded(snapshot.live_objects[index]);
  sample.values[3] = snapshot.live_bytes[index];
  return sample;
}

bool HeapProfile::snapshot(Arena& arena, Profile& profile) const {
  const auto memory = arena.array<Snapshot>(1);
  if (memory.empty() || !memory[0].collect(arena, *this)) return false;
  profile.kind = ProfileKind::heap;
  profile.stacks = &stacks_;
  profile.samples = Samples(memory[0].ids.size(), Snapshot::get, &memory[0]);
  profile.period = static_cast<int64_t>(mean());
  profile.dropped = lost();
  return true;
}

}  // namespace holmes
