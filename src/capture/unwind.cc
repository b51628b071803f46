#include "capture/unwind.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include <atomic>
#include <cstring>

#include "capture/cfi.h"
#include "capture/module_gate.h"
#include "platform/libc.h"
#include "platform/syscall.h"
#include "profile/stack_table.h"

namespace holmes {
namespace {

constexpr uintptr_t kPage = 4096;

// ---- The cache
// ------------------------------------------------------------------------------------ Two words an
// entry: the rule, and the key XORed with it. A torn pair does not match its key, so no lock is
// needed (R. Hyatt, "A lockless transposition table").
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
  const TableReader reader;
  libc::Module module;
  if (!reader || !libc::find_module(pc, module)) return {};
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
    std::memcpy(&value,
                reinterpret_cast<const void*>(address + static_cast<uintptr_t>(view_.shift)),
                sizeof value);
    return true;
  }
  bool contains(uintptr_t address) const { return address >= view_.low && address < view_.high; }
  // The walk goes on elsewhere: from a handler's alternate stack to the interrupted one. False:
  // only this stack was copied.
  bool follow(uintptr_t sp) {
    if (contains(sp)) return true;
    if (view_.shift != 0) return false;
    view_ = own_stack_view(sp, view_.home_low, view_.home_high);
    // A handler may have changed what it returns to: this one address is asked for before it is read.
    return readable(sp & ~uintptr_t{7});
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

// Where this very code is mapped, once hide_own_frames() has been called.
std::atomic<uintptr_t> g_own_start{0};
std::atomic<uintptr_t> g_own_end{0};

bool is_own_code(uintptr_t pc) {
  return pc >= g_own_start.load(std::memory_order_relaxed) &&
         pc < g_own_end.load(std::memory_order_relaxed);
}

// ---- One step -----------------------------------------------------------------------------------
enum class Step : uint8_t { more, end, broken, elsewhere };

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
  at = next;
  return reader.follow(next.sp) ? Step::more : Step::elsewhere;
}

bool canonical_frame(Reader& reader, const FrameRule& rule, const Registers& at, uintptr_t& cfa) {
  const bool by_fp =
      rule.kind == FrameRule::Kind::from_fp || rule.kind == FrameRule::Kind::deref_fp;
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

bool needs_frame_pointer(const FrameRule& rule) {
  return rule.kind == FrameRule::Kind::from_fp || rule.kind == FrameRule::Kind::deref_fp;
}

// The registers are those of the interrupted code or of a caller; with the frame pointer known
// where the rule needs it.
Step step(Reader& reader, const FrameRule& rule, Registers& at) {
  switch (rule.kind) {
    case FrameRule::Kind::end:
      return Step::end;
    case FrameRule::Kind::unknown:
      return step_by_frame_pointer(reader, at);
    case FrameRule::Kind::signal:
      return step_over_signal(reader, at);
    default:
      break;
  }
  if (needs_frame_pointer(rule) && !at.fp_known) return Step::broken;
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

// ---- A frame pointer that nobody told us
// ------------------------------------------------------------ A thread read passively has no frame
// pointer until a frame restores it. In a function that needs one, its value is the first place on
// the stack from where a step leads behind a call, and the walk on from there to the thread's
// start. What earlier calls left on the stack leads there hardly ever.
enum class Call : uint8_t { none, of_another, indirect, of_this };

Call call_before(uintptr_t return_address, uintptr_t function) {
  libc::Module module;
  if (return_address < kPage || !libc::find_module(return_address, module)) return Call::none;
  if (return_address < module.start + arch::kCallBytes) return Call::none;
  uint8_t code[arch::kCallBytes];
  iovec local{code, sizeof code};
  iovec remote{reinterpret_cast<void*>(return_address - arch::kCallBytes), sizeof code};
  const long pid = sys::call(SYS_getpid);
  if (sys::call(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0) != sizeof code)
    return Call::none;
  if (!arch::ends_in_call(code)) return Call::none;
  const uintptr_t target = arch::direct_call_target(code, return_address);
  if (target == 0) return Call::indirect;
  return target == function ? Call::of_this : Call::of_another;
}

// Whether the callers from here on reach the outermost frame, or another stack.
bool leads_to_the_start(Reader reader, Registers at) {
  for (size_t frames = 0; frames < kMaxFrames; ++frames) {
    if (at.pc < kPage) return at.pc == 0;
    const Step done = step(reader, look_up_rule_fast(at.pc - 1), at);
    if (done == Step::end || done == Step::elsewhere) return true;
    // Beyond a signal frame the PC is exact: which one matters no more here.
    if (done == Step::broken) return false;
  }
  return true;
}

uintptr_t recover_frame_pointer(const Reader& reader, const Registers& at, const FrameRule& rule) {
  constexpr uintptr_t kFarthest = uintptr_t{256} << 10;
  const TableReader tables;
  libc::Module module;
  uintptr_t function = 0;
  if (tables && libc::find_module(at.pc, module)) find_frame_rule(module, at.pc, &function);
  uintptr_t jumped_to =
      0;  // called under another name: a PLT's, or that of a function that jumped here
  for (uintptr_t fp = at.sp; fp < at.sp + kFarthest && reader.contains(fp); fp += arch::kWord) {
    Registers caller{at.pc, at.sp, fp, true};
    Reader trial = reader;
    if (step(trial, rule, caller) != Step::more || caller.sp <= fp) continue;
    const Call call = call_before(caller.pc, function);
    if (call == Call::none || (call == Call::of_another && jumped_to != 0)) continue;
    if (!leads_to_the_start(trial, caller)) continue;
    if (call != Call::of_another) return fp;
    jumped_to = fp;
  }
  return jumped_to;
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
    if (needs_frame_pointer(rule) && !at.fp_known) {
      at.fp = recover_frame_pointer(reader, at, rule);
      at.fp_known = at.fp != 0;
    }
    const Step done = step(reader, rule, at);
    if (done != Step::more) {
      result.complete = done == Step::end;
      result.elsewhere = done == Step::elsewhere;
      if (result.elsewhere) result.interrupted = at;
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
