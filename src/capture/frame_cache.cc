#include "capture/frame_cache.h"

#include "capture/module_gate.h"
#include "platform/libc.h"

namespace holmes {

constinit FrameCache::Entry FrameCache::g_entries[kEntries] = {};
constinit std::atomic<uintptr_t> FrameCache::g_slots{kFirstEntries - 1};
constinit std::atomic<uint32_t> FrameCache::g_learnt{0};
constinit std::atomic<uint64_t> FrameCache::g_generation{1};
constinit std::atomic<uintptr_t> FrameCache::g_own_start{0};
constinit std::atomic<uintptr_t> FrameCache::g_own_end{0};

void FrameCache::set_own_code(uintptr_t start, uintptr_t end) {
  g_own_end.store(end);
  g_own_start.store(start);
  forget();
}

// The generation is read before the tables are: what is read while a module goes is kept for
// nobody. Once half of the first entries are in use, all are: what is known by then and has another
// place among all is learnt once more.
[[gnu::noinline]] FrameRule FrameCache::learn(uintptr_t pc) {
  if (g_learnt.load(std::memory_order_relaxed) < kFirstEntries / 2) {
    g_learnt.fetch_add(1, std::memory_order_relaxed);
  } else {
    g_slots.store(kEntries - 1, std::memory_order_relaxed);
  }
  const State known_in = state();
  const TableReader reader;
  libc::Module module;
  if (!reader || !libc::find_module(pc, module)) return {};
  const FrameRule rule = find_frame_rule(module, pc, nullptr);
  const uint64_t bits = is_own_code(pc) ? rule.pack_in_full() : rule.pack();
  Entry& entry = g_entries[pc & known_in.slots];
  entry.rule.store(bits, std::memory_order_relaxed);
  entry.check.store(bits ^ pc ^ known_in.generation, std::memory_order_relaxed);
  return rule;
}

FrameRule FrameCache::look_up(uintptr_t pc) {
  uint64_t bits;
  if (find(pc, state(), bits)) return FrameRule::unpack(bits);
  return learn(pc);
}

}  // namespace holmes
