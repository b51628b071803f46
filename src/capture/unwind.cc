#include "capture/unwind.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <atomic>
#include <cstring>

#include "capture/cfi.h"
#include "platform/libc.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr uintptr_t kPage = 4096;

// ---- The cache ------------------------------------------------------------------------------------
// Two words an entry: the rule, and the key XORed with it. A torn pair does not match its key, so no
// lock is needed (R. Hyatt, "A lockless transposition table").
struct CacheEntry {
  std::atomic<uint64_t> check;
  std::atomic<uint64_t> rule;
};
constexpr size_t kCacheEntries = 8192;
CacheEntry g_cache[kCacheEntries];
std::atomic<uint64_t> g_generation{1};

uint64_t cache_key(uintptr_t pc) {
  return pc ^ (g_generation.load(std::memory_order_relaxed) << 48);
}

[[gnu::noinline]] FrameRule look_up_rule_slow(uintptr_t pc, uint64_t key, CacheEntry& entry) {
  libc::Module module;
  if (!libc::find_module(pc, module)) return {};
  const FrameRule rule = find_frame_rule(module, pc, nullptr);
  entry.rule.store(rule.pack(), std::memory_order_relaxed);
  entry.check.store(rule.pack() ^ key, std::memory_order_relaxed);
  return rule;
}

inline FrameRule look_up_rule_fast(uintptr_t pc) {
  const uint64_t key = cache_key(pc);
  CacheEntry& entry = g_cache[(key * 0x9E3779B97F4A7C15u) >> 51];
  const uint64_t bits = entry.rule.load(std::memory_order_relaxed);
  if ((entry.check.load(std::memory_order_relaxed) ^ bits) == key) [[likely]] {
    return FrameRule::unpack(bits);
  }
  return look_up_rule_slow(pc, key, entry);
}
static_assert(kCacheEntries == size_t{1} << (64 - 51));

// ---- Reading the stack --------------------------------------------------------------------------
// EFAULT instead of a fault, also for guard pages.
bool readable(uintptr_t address) {
  uint64_t word;
  iovec local{&word, sizeof word};
  iovec remote{reinterpret_cast<void*>(address), sizeof word};
  const long pid = sys::call(SYS_getpid);
  return sys::call(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0) == sizeof word;
}

class Reader {
 public:
  explicit Reader(StackView view) : view_(view) {}
  bool read(uintptr_t address, uintptr_t& value) {
    if ((address & 7) != 0 || address < view_.low) return false;
    if (address > view_.high - arch::kWord && !extend(address)) return false;
    std::memcpy(&value, reinterpret_cast<const void*>(address + static_cast<uintptr_t>(view_.shift)),
                sizeof value);
    return true;
  }
  bool contains(uintptr_t address) const { return address >= view_.low && address < view_.high; }
  // The walk goes on elsewhere: from a handler's alternate stack to the interrupted one.
  void follow(uintptr_t sp) {
    if (view_.shift == 0 && !contains(sp)) {
      view_ = own_stack_view(sp, view_.home_low, view_.home_high);
    }
  }

 private:
  bool extend(uintptr_t address) {
    constexpr uintptr_t kFarthest = uintptr_t{8} << 20;
    if (!view_.probe || address - view_.low > kFarthest) return false;
    while (address > view_.high - arch::kWord) {
      if (!readable(view_.high)) return false;
      view_.high += kPage;
    }
    return true;
  }
  StackView view_;
};

// ---- A frame pointer that nobody told us ------------------------------------------------------------
// A thread read passively has no frame pointer until a frame restores it. In a function that needs
// one, its pair (saved fp, return address) is the first on the stack whose return address follows a
// call, best a call of this very function.
bool code_calls(uintptr_t return_address, uintptr_t function, bool& direct) {
  libc::Module module;
  if (!libc::find_module(return_address, module)) return false;
  if (return_address < module.start + arch::kCallBytes) return false;
  const auto* code = reinterpret_cast<const uint8_t*>(return_address - arch::kCallBytes);
  uint8_t copy[arch::kCallBytes];
  iovec local{copy, sizeof copy};
  iovec remote{const_cast<uint8_t*>(code), sizeof copy};
  const long pid = sys::call(SYS_getpid);
  if (sys::call(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0) != sizeof copy) return false;
  direct = function != 0 && arch::direct_call_target(copy, return_address) == function;
  return arch::ends_in_call(copy);
}

uintptr_t recover_frame_pointer(Reader& reader, const Registers& at, const FrameRule& rule) {
  constexpr uintptr_t kFarthest = 16384;
  libc::Module module;
  uintptr_t function = 0;
  if (libc::find_module(at.pc, module)) find_frame_rule(module, at.pc, &function);
  uintptr_t candidate = 0;
  for (uintptr_t fp = at.sp; fp < at.sp + kFarthest; fp += arch::kWord) {
    const uintptr_t cfa = fp + static_cast<uintptr_t>(intptr_t{rule.cfa_offset});
    uintptr_t saved = 0;
    uintptr_t return_address = 0;
    if (!reader.read(cfa - arch::kWord, return_address)) break;
    const uintptr_t slot = cfa + static_cast<uintptr_t>(intptr_t{rule.fp_offset});
    if (rule.fp == FrameRule::Fp::at_cfa && !reader.read(slot, saved)) break;
    bool direct = false;
    if (return_address < 65536 || !code_calls(return_address, function, direct)) continue;
    if (direct) return fp;
    const bool plausible = saved == 0 || (saved > fp && reader.contains(saved));
    if (candidate == 0 && plausible) candidate = fp;
  }
  return candidate;
}

// Where this very code is mapped, once hide_own_frames() has been called.
std::atomic<uintptr_t> g_own_start{0};
std::atomic<uintptr_t> g_own_end{0};

bool is_own_code(uintptr_t pc) {
  return pc >= g_own_start.load(std::memory_order_relaxed) &&
         pc < g_own_end.load(std::memory_order_relaxed);
}

// ---- One step -----------------------------------------------------------------------------------
enum class Step : uint8_t { more, end, broken };

Step step_by_frame_pointer(Reader& reader, Registers& at) {
  uintptr_t caller_fp = 0;
  uintptr_t caller_pc = 0;
  if (!at.fp_known || at.fp < at.sp) return Step::broken;
  if (!reader.read(at.fp, caller_fp) || !reader.read(at.fp + arch::kWord, caller_pc)) {
    return Step::broken;
  }
  at = {caller_pc, at.fp + 2 * arch::kWord, caller_fp, true};
  return Step::more;
}

Step step_over_signal(Reader& reader, Registers& at) {
  Registers next;
  if (!reader.read(at.sp + arch::kSignalPc, next.pc) ||
      !reader.read(at.sp + arch::kSignalSp, next.sp) ||
      !reader.read(at.sp + arch::kSignalFp, next.fp)) {
    return Step::broken;
  }
  reader.follow(next.sp);
  at = next;
  return Step::more;
}

bool canonical_frame(Reader& reader, const FrameRule& rule, const Registers& at, uintptr_t& cfa) {
  const bool by_fp = rule.kind == FrameRule::Kind::from_fp || rule.kind == FrameRule::Kind::deref_fp;
  cfa = (by_fp ? at.fp : at.sp) + static_cast<uintptr_t>(intptr_t{rule.cfa_offset});
  const bool indirect =
      rule.kind == FrameRule::Kind::deref_fp || rule.kind == FrameRule::Kind::deref_sp;
  return !indirect || reader.read(cfa, cfa);
}

// The rule of nearly every frame: CFA from a register that is known, frame pointer kept or saved.
inline Step step_fast(Reader& reader, const FrameRule& rule, Registers& at) {
  const bool by_fp = rule.kind == FrameRule::Kind::from_fp;
  const uintptr_t cfa = (by_fp ? at.fp : at.sp) + static_cast<uintptr_t>(intptr_t{rule.cfa_offset});
  if (cfa <= at.sp || !reader.read(cfa - arch::kWord, at.pc)) return Step::broken;
  if (rule.fp == FrameRule::Fp::at_cfa) {
    const uintptr_t place = cfa + static_cast<uintptr_t>(intptr_t{rule.fp_offset});
    if (!reader.read(place, at.fp)) return Step::broken;
    at.fp_known = true;
  }
  at.sp = cfa;
  return Step::more;
}

inline bool is_fast(const FrameRule& rule, const Registers& at) {
  if (rule.fp > FrameRule::Fp::at_cfa) return false;
  return rule.kind == FrameRule::Kind::from_sp ||
         (rule.kind == FrameRule::Kind::from_fp && at.fp_known);
}

Step step(Reader& reader, const FrameRule& rule, Registers& at) {
  switch (rule.kind) {
    case FrameRule::Kind::end: return Step::end;
    case FrameRule::Kind::unknown: return step_by_frame_pointer(reader, at);
    case FrameRule::Kind::signal: return step_over_signal(reader, at);
    case FrameRule::Kind::from_fp:
    case FrameRule::Kind::deref_fp:
      if (!at.fp_known) {
        if (rule.kind != FrameRule::Kind::from_fp) return Step::broken;
        at.fp = recover_frame_pointer(reader, at, rule);
        at.fp_known = at.fp != 0;
        if (!at.fp_known) return Step::broken;
      }
      break;
    default: break;
  }
  uintptr_t cfa = 0;
  if (!canonical_frame(reader, rule, at, cfa)) return Step::broken;
  if (cfa <= at.sp) return Step::broken;  // stacks only shrink on the way out
  Registers next{0, cfa, at.fp, at.fp_known};
  if (!reader.read(cfa - arch::kWord, next.pc)) return Step::broken;
  if (rule.fp == FrameRule::Fp::at_cfa) {
    if (!reader.read(cfa + static_cast<uintptr_t>(intptr_t{rule.fp_offset}), next.fp)) {
      return Step::broken;
    }
    next.fp_known = true;
  } else if (rule.fp == FrameRule::Fp::at_fp) {
    const uintptr_t place = at.fp + static_cast<uintptr_t>(intptr_t{rule.fp_offset});
    next.fp_known = at.fp_known && reader.read(place, next.fp);
  } else if (rule.fp == FrameRule::Fp::lost) {
    next.fp_known = false;
  }
  at = next;
  return Step::more;
}

}  // namespace

StackView own_stack_view(uintptr_t sp, uintptr_t low, uintptr_t high) {
  if (sp >= low && sp < high) return {sp & ~uintptr_t{7}, high, 0, false, low, high};
  const uintptr_t page_end = (sp | (kPage - 1)) + 1;
  return {sp & ~uintptr_t{7}, page_end, 0, true, low, high};
}

UnwindResult unwind(Registers registers, bool exact_pc, StackView stack,
                    std::span<uintptr_t> addresses) {
  Reader reader(stack);
  Registers at = registers;
  UnwindResult result;
  bool exact = exact_pc;
  while (result.frames < addresses.size()) {
    if (at.pc < 4096) {
      result.complete = at.pc == 0;
      break;
    }
    const uintptr_t look_up = exact ? at.pc : at.pc - 1;
    // The thread's start goes through holmes; its reader did not write that frame.
    if (!is_own_code(look_up)) addresses[result.frames++] = look_up;
    const FrameRule rule = look_up_rule_fast(look_up);
    if (is_fast(rule, at)) [[likely]] {
      if (step_fast(reader, rule, at) != Step::more) break;
      exact = false;
      continue;
    }
    const Step done = step(reader, rule, at);
    if (done != Step::more) {
      result.complete = done == Step::end;
      break;
    }
    exact = rule.kind == FrameRule::Kind::signal;
  }
  return result;
}

void hide_own_frames() {
  libc::Module module;
  if (!libc::find_module(reinterpret_cast<uintptr_t>(&hide_own_frames), module)) return;
  g_own_end.store(module.end);
  g_own_start.store(module.start);
}

void forget_modules() { g_generation.fetch_add(1, std::memory_order_relaxed); }

}  // namespace holmes
