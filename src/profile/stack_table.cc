#include "profile/stack_table.h"

namespace holmes {
namespace {

uint64_t mix(StackId parent, uintptr_t pc) {
  uint64_t h = (pc ^ (uint64_t{parent} << 40)) * 0x9E3779B97F4A7C15u;
  h ^= h >> 32;
  h = (h ^ parent) * 0xD6E8FEB86659FD93u;
  return h ^ (h >> 29);
}

// An entry is a node number (24 bits) and eight bits of its hash, which spare the look at nodes
// that cannot match.
constexpr uint32_t kIndexBits = 24;
constexpr uint32_t kIndexMask = (1u << kIndexBits) - 1;

}  // namespace

std::atomic<uint32_t>* StackTable::level(unsigned number) {
  std::atomic<uint32_t>* entries = levels_[number].load(std::memory_order_acquire);
  if (entries != nullptr) return entries;
  const size_t bytes = level_entries(number) * sizeof(uint32_t);
  auto* fresh = static_cast<std::atomic<uint32_t>*>(map_pages(bytes));
  if (fresh == nullptr) return nullptr;
  if (levels_[number].compare_exchange_strong(entries, fresh)) return fresh;
  unmap_pages(fresh, bytes);
  return entries;
}

StackId StackTable::find_or_add(StackId parent, uintptr_t pc) {
  const uint64_t hash = mix(parent, pc);
  const uint32_t tag = static_cast<uint32_t>(hash >> 56) << kIndexBits;
  uint32_t made = 0;  // our own node, once we had to make one
  for (unsigned number = 0; number < kLevels; ++number) {
    std::atomic<uint32_t>* entries = level(number);
    if (entries == nullptr) break;
    const size_t buckets = level_entries(number) / kBucket;
    std::atomic<uint32_t>* bucket = entries + (hash & (buckets - 1)) * kBucket;
    for (unsigned i = 0; i < kBucket; ++i) {
      uint32_t entry = bucket[i].load(std::memory_order_acquire);
      if (entry == 0) {
        if (made == 0) {
          made = nodes_.allocate();
          if (made == 0) break;
          Node& node = nodes_.at(made);
          node.pc = pc;
          node.parent = parent;
        }
        if (bucket[i].compare_exchange_strong(entry, made | tag, std::memory_order_acq_rel)) {
          return made;
        }
        // Somebody else took the place: `entry` is theirs now, and may be our very key. Our node
        // then stays unused, 16 bytes lost to a rare race.
      }
      if ((entry & ~kIndexMask) != tag) continue;
      const Node& node = nodes_.at(entry & kIndexMask);
      if (node.pc == pc && node.parent == parent) return entry & kIndexMask;
    }
  }
  lost_.fetch_add(1, std::memory_order_relaxed);
  return 0;
}

StackId StackTable::add_all(std::span<const uintptr_t> pcs, StackId root) {
  StackId id = root;
  for (size_t i = pcs.size(); i-- > 0;) {
    id = find_or_add(id, pcs[i]);
    if (id == 0) return 0;
  }
  return id;
}

bool StackTable::is_stack(StackId id, std::span<const uintptr_t> pcs, StackId root) const {
  for (const uintptr_t pc : pcs) {
    if (id == 0) return false;
    const Node& node = nodes_.at(id);
    if (node.pc != pc) return false;
    id = node.parent;
  }
  return id == root;
}

StackId StackTable::intern(std::span<const uintptr_t> pcs, StackId root) {
  uint64_t hash = root;
  for (const uintptr_t pc : pcs) hash = (hash ^ pc) * 0x9E3779B97F4A7C15u;
  std::atomic<StackId>& recent = recent_[hash >> (64 - kRecentLog2)];
  StackId id = recent.load(std::memory_order_acquire);
  if (id != 0 && is_stack(id, pcs, root)) return id;
  id = add_all(pcs, root);
  if (id != 0) recent.store(id, std::memory_order_release);
  return id;
}

void StackTable::count(StackId id, uint64_t first, uint64_t second) {
  if (id == 0) return;
  Node& node = nodes_.at(id);
  uint32_t index = node.counter.load(std::memory_order_acquire);
  if (index == 0) {
    const uint32_t fresh = counters_.allocate();
    if (fresh == 0) {
      lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    if (node.counter.compare_exchange_strong(index, fresh, std::memory_order_acq_rel))
      index = fresh;
  }
  Counter& counter = counters_.at(index);
  counter.first.fetch_add(first, std::memory_order_relaxed);
  counter.second.fetch_add(second, std::memory_order_relaxed);
}

StackTable::Totals StackTable::totals(StackId id) const {
  const uint32_t index = nodes_.at(id).counter.load(std::memory_order_acquire);
  if (index == 0) return {};
  const Counter& counter = counters_.at(index);
  return {counter.first.load(std::memory_order_relaxed),
          counter.second.load(std::memory_order_relaxed)};
}

void StackTable::clear() {
  for (unsigned number = 0; number < kLevels; ++number) {
    unmap_pages(levels_[number].exchange(nullptr), level_entries(number) * sizeof(uint32_t));
  }
  for (std::atomic<StackId>& recent : recent_) recent.store(0);
  nodes_.clear();
  counters_.clear();
  lost_.store(0);
}

}  // namespace holmes
