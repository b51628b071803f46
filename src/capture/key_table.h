// A map from 64-bit keys to small values that many threads change at once without a lock.
//
// Levels that grow by four, each a row of buckets of eight slots; a key lives in any level, in the
// bucket that its hash names, so removal leaves no tombstone and nothing ever moves.
//
// Invariants:
//   1. A slot is empty, busy (one thread is filling or emptying it) or holds a published pair.
//   2. A thread that dies or forks half-way leaves one busy slot behind, and nothing else.
//   3. A key that is being inserted twice at once may be found twice: the caller's keys are addresses
//      of live blocks or ids of live threads, which are one's own while one inserts them.
// Context: malloc path, signal handler, monitor thread. mmap() once per level.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/arena.h"

namespace holmes {

template <typename Value>
class KeyTable {
  static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) % 8 == 0);

 public:
  // Keys 0 and 1 are reserved. False: no memory.
  bool insert(uint64_t key, const Value& value) {
    for (unsigned number = 0; number < kLevels; ++number) {
      Slot* bucket = bucket_of(number, key, true);
      if (bucket == nullptr) return false;
      for (unsigned i = 0; i < kBucket; ++i) {
        uint64_t expected = kEmpty;
        if (bucket[i].key.load(std::memory_order_relaxed) != kEmpty) continue;
        if (!bucket[i].key.compare_exchange_strong(expected, kBusy, std::memory_order_acquire)) {
          continue;
        }
        bucket[i].store(value);
        bucket[i].key.store(key, std::memory_order_release);
        return true;
      }
    }
    return false;
  }

  bool remove(uint64_t key, Value* removed = nullptr) {
    Slot* slot = locate(key);
    if (slot == nullptr) return false;
    if (!slot->key.compare_exchange_strong(key, kBusy, std::memory_order_acquire)) return false;
    if (removed != nullptr) *removed = slot->load();
    slot->key.store(kEmpty, std::memory_order_release);
    return true;
  }

  bool find(uint64_t key, Value& value) const {
    const Slot* slot = locate(key);
    return slot != nullptr && slot->read(key, value);
  }

  // Pairs that come or go meanwhile may be seen or not; none is seen damaged.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (unsigned number = 0; number < kLevels; ++number) {
      const Slot* slots = levels_[number].load(std::memory_order_acquire);
      if (slots == nullptr) return;
      for (size_t i = 0; i < slots_in(number); ++i) {
        const uint64_t key = slots[i].key.load(std::memory_order_acquire);
        Value value;
        if (key > kBusy && slots[i].read(key, value)) visit(key, value);
      }
    }
  }

  // Nobody else may use the table meanwhile.
  void clear() {
    for (unsigned number = 0; number < kLevels; ++number) {
      unmap_pages(levels_[number].exchange(nullptr), slots_in(number) * sizeof(Slot));
    }
  }

 private:
  static constexpr uint64_t kEmpty = 0;
  static constexpr uint64_t kBusy = 1;
  static constexpr unsigned kBucket = 8;
  static constexpr unsigned kLevels = 8;
  static constexpr size_t kWords = sizeof(Value) / 8;
  static constexpr size_t slots_in(unsigned number) { return size_t{256} << (2 * number); }

  struct Slot {
    std::atomic<uint64_t> key;
    std::atomic<uint64_t> words[kWords];

    void store(const Value& value) {
      uint64_t raw[kWords];
      std::memcpy(raw, &value, sizeof value);
      for (size_t i = 0; i < kWords; ++i) words[i].store(raw[i], std::memory_order_relaxed);
    }
    Value load() const {
      uint64_t raw[kWords];
      for (size_t i = 0; i < kWords; ++i) raw[i] = words[i].load(std::memory_order_relaxed);
      Value value;
      std::memcpy(&value, raw, sizeof value);
      return value;
    }
    bool read(uint64_t expected, Value& value) const {
      value = load();
      std::atomic_thread_fence(std::memory_order_acquire);
      return key.load(std::memory_order_relaxed) == expected;
    }
  };

  Slot* bucket_of(unsigned number, uint64_t key, bool make) const {
    Slot* slots = levels_[number].load(std::memory_order_acquire);
    if (slots == nullptr && make) slots = const_cast<KeyTable*>(this)->make_level(number);
    if (slots == nullptr) return nullptr;
    const size_t buckets = slots_in(number) / kBucket;
    const uint64_t hash = (key * 0x9E3779B97F4A7C15u) >> 20;
    return slots + (hash & (buckets - 1)) * kBucket;
  }

  Slot* make_level(unsigned number) {
    const size_t bytes = slots_in(number) * sizeof(Slot);
    auto* fresh = static_cast<Slot*>(map_pages(bytes));
    if (fresh == nullptr) return nullptr;
    Slot* expected = nullptr;
    if (levels_[number].compare_exchange_strong(expected, fresh)) return fresh;
    unmap_pages(fresh, bytes);
    return expected;
  }

  Slot* locate(uint64_t key) const {
    for (unsigned number = 0; number < kLevels; ++number) {
      Slot* bucket = bucket_of(number, key, false);
      if (bucket == nullptr) return nullptr;
      for (unsigned i = 0; i < kBucket; ++i) {
        if (bucket[i].key.load(std::memory_order_acquire) == key) return &bucket[i];
      }
    }
    return nullptr;
  }

  std::atomic<Slot*> levels_[kLevels] = {};
};

}  // namespace holmes
