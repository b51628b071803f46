// The heap profile: which sampled blocks are alive, and how much each stack has allocated so far.
//
// Knows nothing of malloc: it is told of (address, size) pairs, so tests feed it invented ones. A
// missed free loses accuracy and nothing else, as no block is changed and no address is made up.
// Context: record and forget: malloc path, also inside of signal handlers. snapshot: monitor
// thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arena.h"
#include "capture/key_table.h"
#include "profile/profile.h"
#include "profile/stack_table.h"

namespace holmes {

// One live sampled block.
struct LiveBlock {
  uint64_t size;
  double weight;  // blocks that it stands for
  StackId stack;
  uint32_t unmarked;  // 1: nothing in its address tells that it is sampled
};

class HeapProfile {
 public:
  // 0: off. May be changed at any time; each sample keeps the weight it was taken with.
  void set_mean(uint64_t bytes) { mean_.store(bytes, std::memory_order_relaxed); }
  uint64_t mean() const { return mean_.load(std::memory_order_relaxed); }

  // A sampled block; `mean`: what countdown_expired() returned. To be called after the allocator
  // has returned it and before the host has it. `unmarked`: the caller wants to know while such
  // blocks live.
  void record(uintptr_t address, size_t size, uint64_t mean, std::span<const uintptr_t> stack,
              bool unmarked = false);

  // Could this address be a sampled block? One relaxed load; false means no. A plain one outside of
  // the race detector: compilers compare with memory in one instruction then, and in two otherwise.
  bool may_hold(uintptr_t address) const {
#ifdef __SANITIZE_THREAD__
    return __atomic_load_n(&filter_[filter_slot(address)], __ATOMIC_RELAXED) != 0;
#else
    return filter_[filter_slot(address)] != 0;
#endif
  }
  // may_hold() says yes to this address for ever: free() must look at it twice for another reason.
  void watch(uintptr_t address) { filter_add(address); }
  // To be called *before* the real free: the address can be handed out again in between.
  bool forget(uintptr_t address, LiveBlock* block = nullptr);
  // Undoes a forget(): the realloc it was for has failed.
  void restore(uintptr_t address, const LiveBlock& block);

  // Live blocks that were recorded as unmarked.
  uint32_t unmarked() const { return unmarked_.load(std::memory_order_relaxed); }
  // Samples taken since the start.
  uint64_t samples() const { return samples_.load(std::memory_order_relaxed); }
  // Estimated bytes alive.
  uint64_t live_bytes() const;
  // Samples that found no memory, or none for their stack: those are in the sums, under no stack.
  uint64_t lost() const;

  // Fills samples (out of `arena`), stacks, kind, period and dropped. What each stack has allocated
  // is as of the moment it is written, what is alive as of now. False: no memory for it.
  bool snapshot(Arena& arena, Profile& profile) const;

 private:
  struct Snapshot;
  static constexpr size_t kFilterLog2 = 18;
  // Two instructions. A slot is 125 bytes of address, so that a small heap keeps to a few pages of
  // the filter, and comes around again after 33 MB: no power of two, or what allocators align would
  // be all in one place.
  static uint32_t filter_slot(uintptr_t address) {
    return (static_cast<uint32_t>(address) * 131) >> (32 - kFilterLog2);
  }
  void insert(uintptr_t address, const LiveBlock& block);
  void filter_add(uintptr_t address);
  void filter_remove(uintptr_t address);
  void count(StackId stack, uint64_t objects, uint64_t bytes);
  StackTable::Totals totals(StackId stack) const;

  // Counts of live samples by hash; 255 stays 255. First, so that its address needs no addition.
  uint8_t filter_[size_t{1} << kFilterLog2] = {};
  std::atomic<uint64_t> mean_{0};
  std::atomic<int64_t> live_bytes_{0};
  std::atomic<uint64_t> samples_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint32_t> unmarked_{0};
  // What was allocated by stacks that the full table had no room for.
  std::atomic<uint64_t> stackless_objects_{0};
  std::atomic<uint64_t> stackless_bytes_{0};
  StackTable stacks_;
  KeyTable<LiveBlock> live_;
};

}  // namespace holmes
