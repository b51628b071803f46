#include "capture/heap_profile.h"

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
  std::atomic<uint8_t>& count = filter_[filter_slot(address)];
  uint8_t seen = count.load(std::memory_order_relaxed);
  while (seen != 255 && !count.compare_exchange_weak(seen, static_cast<uint8_t>(seen + 1))) {
  }
}

void HeapProfile::filter_remove(uintptr_t address) {
  std::atomic<uint8_t>& count = filter_[filter_slot(address)];
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
}

void HeapProfile::record(uintptr_t address, size_t size, uint64_t mean,
                         std::span<const uintptr_t> stack) {
  if (mean == 0 || address == 0) return;
  samples_.fetch_add(1, std::memory_order_relaxed);
  if (may_hold(address)) forget(address);  // its free was missed
  const StackId id = stacks_.intern(stack);
  if (id == 0) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const LiveBlock block{size, sample_weight(size, mean), id, 0};
  stacks_.count(id, static_cast<uint64_t>(rounded(block.weight * kObjectUnit)),
                static_cast<uint64_t>(bytes_of(block)));
  insert(address, block);
}

bool HeapProfile::forget(uintptr_t address, LiveBlock* block) {
  LiveBlock removed{};
  if (!live_.remove(address, &removed)) return false;
  filter_remove(address);
  live_bytes_.fetch_sub(bytes_of(removed), std::memory_order_relaxed);
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

bool HeapProfile::snapshot(Arena& arena, Profile& profile) const {
  const uint32_t nodes = stacks_.size();
  const auto row_of = arena.array<uint32_t>(size_t{nodes} + 1);
  if (row_of.empty()) return false;
  uint32_t rows = 0;
  for (StackId id = 1; id <= nodes; ++id) {
    if (stacks_.totals(id).first != 0) row_of[id] = ++rows;
  }
  const auto samples = arena.array<Sample>(size_t{rows} + 1);
  const auto objects = arena.array<double>(size_t{rows} + 1);
  if (samples.empty() || objects.empty()) return false;
  for (StackId id = 1; id <= nodes; ++id) {
    if (row_of[id] == 0) continue;
    const StackTable::Totals totals = stacks_.totals(id);
    Sample& sample = samples[row_of[id]];
    sample.stack = id;
    sample.values[0] = rounded(static_cast<double>(totals.first) / kObjectUnit);
    sample.values[1] = static_cast<int64_t>(totals.second);
  }
  live_.for_each([&](uint64_t, const LiveBlock& block) {
    if (block.stack > nodes || row_of[block.stack] == 0) return;  // came after the count
    objects[row_of[block.stack]] += block.weight;
    samples[row_of[block.stack]].values[3] += bytes_of(block);
  });
  for (uint32_t row = 1; row <= rows; ++row) samples[row].values[2] = rounded(objects[row]);
  profile.kind = ProfileKind::heap;
  profile.stacks = &stacks_;
  profile.samples = samples.subspan(1);
  profile.period = static_cast<int64_t>(mean());
  profile.dropped = lost();
  return true;
}

}  // namespace holmes
