// A map from 64-bit keys to small values that many threads change at once without a lock.
//
// Levels that grow by four, each a row of buckets of eight slots and a word of eight tags per
// bucket; a key lives in any level, in the bucket that its hash names, so removal leaves no
// tombstone and nothing ever moves. A key that is not there costs a word per level.
//
// Invariants:
//   1. A slot is empty, busy (one thread is filling or emptying it) or holds a published pair.
//   2. The tag of a published pair is that of its key; the tag of any other slot may be anything.
//   3. A thread that dies or forks half-way leaves one busy slot behind, and nothing else.
//   4. A key that is being inserted twice at once may be found twice: the caller's keys are
//   addresses
//      of live blocks or ids of live threads, which are one's own while one inserts them.
// Context: malloc path, signal handler, monitor thread. mmap() once per level.
#pragma once

#include <atomic>
#include <bit>
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
      const Bucket bucket = bucket_of(number, key, true);
      if (bucket.slots == nullptr) return false;
      const uint64_t tags = bucket.tags->load(std::memory_order_relaxed);
      for (uint64_t free = places_of(tags, 0); free != 0; free &= free - 1) {
        const unsigned i = first_place(free);
        uint64_t expected = kEmpty;
        std::atomic<uint64_t>& place = bucket.slots[i].key;
        if (!place.compare_exchange_strong(expected, kBusy, std::memory_order_acquire)) continue;
        bucket.slots[i].store(value);
        set_tag(*bucket.tags, i, tag_of(key));
        place.store(key, std::memory_order_release);
        return true;
      }
    }
    return false;
  }

  bool remove(uint64_t key, Value* removed = nullptr) {
    const Found found = locate(key);
    if (found.slot == nullptr) return false;
    if (!found.slot->key.compare_exchange_strong(key, kBusy, std::memory_order_acquire))
      return false;
    if (removed != nullptr) *removed = found.slot->load();
    set_tag(*found.tags, found.place, 0);
    found.slot->key.store(kEmpty, std::memory_order_release);
    return true;
  }

  bool find(uint64_t key, Value& value) const {
    const Slot* slot = locate(key).slot;
    return slot != nullptr && slot->read(key, value);
  }

  // Pairs that come or go meanwhile may be seen or not. Of a key that is removed and inserted again
  // just then a value may be seen that is part one, part the other.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (unsigned number = 0; number < kLevels; ++number) {
      const Slot* slots = slots_of(levels_[number].load(std::memory_order_acquire), number);
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
      unmap_pages(levels_[number].exchange(nullptr), level_bytes(number));
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

  // A level is its buckets' tags, then its slots.
  using Tags = std::atomic<uint64_t>;
  static constexpr size_t buckets_in(unsigned number) { return slots_in(number) / kBucket; }
  static constexpr size_t level_bytes(unsigned number) {
    return buckets_in(number) * sizeof(Tags) + slots_in(number) * sizeof(Slot);
  }
  static Slot* slots_of(Tags* level, unsigned number) {
    return level == nullptr ? nullptr : reinterpret_cast<Slot*>(level + buckets_in(number));
  }

  struct Bucket {
    Tags* tags;
    Slot* slots;
  };
  struct Found {
    Slot* slot;
    Tags* tags;
    unsigned place;
  };

  static uint64_t hash_of(uint64_t key) { return key * 0x9E3779B97F4A7C15u; }
  // Never 0, which is a free place's.
  static uint8_t tag_of(uint64_t key) { return static_cast<uint8_t>(hash_of(key) >> 56) | 1; }
  static void set_tag(Tags& tags, unsigned place, uint8_t tag) {
    uint64_t seen = tags.load(std::memory_order_relaxed);
    const uint64_t mask = uint64_t{0xFF} << (8 * place);
    while (!tags.compare_exchange_weak(seen, (seen & ~mask) | uint64_t{tag} << (8 * place))) {
    }
  }
  // The top bit of each byte of `tags` that is `tag`, and perhaps of one that differs in its lowest
  // bit behind such a byte: whoever asks compares keys.
  static uint64_t places_of(uint64_t tags, uint8_t tag) {
    constexpr uint64_t kOnes = 0x0101010101010101u;
    const uint64_t apart = tags ^ tag * kOnes;
    return (apart - kOnes) & ~apart & kOnes << 7;
  }
  static unsigned first_place(uint64_t places) {
    return static_cast<unsigned>(std::countr_zero(places)) / 8;
  }

  Bucket bucket_of(unsigned number, uint64_t key, bool make) const {
    Tags* level = levels_[number].load(std::memory_order_acquire);
    if (level == nullptr && make) level = const_cast<KeyTable*>(this)->make_level(number);
    if (level == nullptr) return {nullptr, nullptr};
    const size_t index = hash_of(key) >> 20 & (buckets_in(number) - 1);
    return {level + index, slots_of(level, number) + index * kBucket};
  }

  Tags* make_level(unsigned number) {
    auto* fresh = static_cast<Tags*>(map_pages(level_bytes(number)));
    if (fresh == nullptr) return nullptr;
    Tags* expected = nullptr;
    if (levels_[number].compare_exchange_strong(expected, fresh)) return fresh;
    unmap_pages(fresh, level_bytes(number));
    return expected;
  }

  Found locate(uint64_t key) const {
    for (unsigned number = 0; number < kLevels; ++number) {
      const Bucket bucket = bucket_of(number, key, false);
      if (bucket.slots == nullptr) break;
      const uint64_t tags = bucket.tags->load(std::memory_order_acquire);
      for (uint64_t like = places_of(tags, tag_of(key)); like != 0; like &= like - 1) {
        const unsigned i = first_place(like);
        if (bucket.slots[i].key.load(std::memory_order_acquire) != key) continue;
        return {&bucket.slots[i], bucket.tags, i};
      }
    }
    return {nullptr, nullptr, 0};
  }

  std::atomic<Tags*> levels_[kLevels] = {};
};

}  // namespace holmes
