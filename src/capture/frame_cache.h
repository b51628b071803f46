// The rules of frames seen before: from a PC to its packed rule (capture/cfi.h) in a dozen
// instructions.
//
// Read and written without a lock. An entry is two words, the rule and the key XORed with it: a
// torn pair does not match its key (R. Hyatt, "A lockless transposition table"). The key holds a
// generation, which changes when modules are unloaded. Context: signal handler, malloc path,
// monitor thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "capture/cfi.h"

namespace holmes {

class FrameCache {
 public:
  // To be asked once for a walk, or after each step that may have taken long.
  struct State {
    uint64_t generation;
    uintptr_t slots;  // a mask
  };
  static State state() {
    return {g_generation.load(std::memory_order_relaxed) << 48,
            g_slots.load(std::memory_order_relaxed)};
  }

  // False: not known. `bits`: FrameRule::unpack().
  [[gnu::always_inline]] static bool find(uintptr_t pc, const State& state, uint64_t& bits) {
    // The low bits alone: those of return addresses are as good as random, and a walk waits for it.
    const Entry& entry = g_entries[pc & state.slots];
    bits = entry.rule.load(std::memory_order_relaxed);
    return (entry.check.load(std::memory_order_relaxed) ^ state.generation ^ bits) == pc;
  }

  // Looks into the module's tables where the cache does not know. A rule that cannot be had while a
  // module is being unloaded is `unknown`, and not kept.
  static FrameRule look_up(uintptr_t pc);

  // Forget what was learnt of modules. Context: any.
  static void forget() { g_generation.fetch_add(1, std::memory_order_relaxed); }

  // Where holmes itself is mapped. Its frames are never simple rules, so that a walk that takes
  // simple frames alone sees none of them. Context: constructor.
  static void set_own_code(uintptr_t start, uintptr_t end);
  static bool is_own_code(uintptr_t pc) {
    return pc >= g_own_start.load(std::memory_order_relaxed) &&
           pc < g_own_end.load(std::memory_order_relaxed);
  }

 private:
  struct alignas(16) Entry {
    std::atomic<uint64_t> rule;
    std::atomic<uint64_t> check;
  };
  // A process that is over soon, or quiet, touches but two pages of the entries.
  static constexpr size_t kFirstEntries = 512;
  static constexpr size_t kEntries = 8192;
  static FrameRule learn(uintptr_t pc);

  static constinit Entry g_entries[kEntries];
  static constinit std::atomic<uintptr_t> g_slots;
  static constinit std::atomic<uint32_t> g_learnt;
  static constinit std::atomic<uint64_t> g_generation;
  static constinit std::atomic<uintptr_t> g_own_start;
  static constinit std::atomic<uintptr_t> g_own_end;
};

}  // namespace holmes
