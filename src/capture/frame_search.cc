#include "capture/frame_search.h"

#include "capture/frame_cache.h"
#include "capture/frame_step.h"
#include "capture/memory_copy.h"
#include "capture/module_gate.h"
#include "platform/libc.h"
#include "profile/stack_table.h"

namespace holmes {
namespace {

constexpr uintptr_t kLowestCode = 4096;

enum class Call : uint8_t { none, of_another, indirect, of_this };

Call call_before(uintptr_t return_address, uintptr_t function) {
  libc::Module module;
  if (return_address < kLowestCode || !libc::find_module(return_address, module)) return Call::none;
  if (return_address < module.start + arch::kCallBytes) return Call::none;
  uint8_t code[arch::kCallBytes];
  if (copy_memory(return_address - arch::kCallBytes, code, sizeof code) != sizeof code) {
    return Call::none;
  }
  if (!arch::ends_in_call(code)) return Call::none;
  const uintptr_t target = arch::direct_call_target(code, return_address);
  if (target == 0) return Call::indirect;
  return target == function ? Call::of_this : Call::of_another;
}

// Whether the callers from here on reach the outermost frame, or another stack.
bool leads_to_the_start(StackView view, Registers at) {
  StackReader reader(view);
  for (size_t frames = 0; frames < kMaxFrames; ++frames) {
    if (at.pc < kLowestCode) return at.pc == 0;
    const Step done = step(reader, FrameCache::look_up(at.pc - 1), at);
    if (done == Step::end || done == Step::elsewhere) return true;
    // Beyond a signal frame the PC is exact: which one matters no more here.
    if (done == Step::broken) return false;
  }
  return true;
}

uintptr_t start_of_function(uintptr_t pc) {
  const TableReader tables;
  libc::Module module;
  uintptr_t function = 0;
  if (tables && libc::find_module(pc, module)) find_frame_rule(module, pc, &function);
  return function;
}

}  // namespace

uintptr_t search_frame_pointer(const StackView& view, const Registers& at, const FrameRule& rule) {
  constexpr uintptr_t kFarthest = uintptr_t{256} << 10;
  const uintptr_t function = start_of_function(at.pc);
  // Called under another name: a PLT's, or that of a function that jumped here.
  uintptr_t jumped_to = 0;
  for (uintptr_t fp = at.sp; fp < at.sp + kFarthest && view.contains(fp); fp += arch::kWord) {
    Registers caller{at.pc, at.sp, fp, true};
    StackView trial = view;
    StackReader reader(trial);
    if (step(reader, rule, caller) != Step::more || caller.sp <= fp) continue;
    const Call call = call_before(caller.pc, function);
    if (call == Call::none || (call == Call::of_another && jumped_to != 0)) continue;
    if (!leads_to_the_start(trial, caller)) continue;
    if (call != Call::of_another) return fp;
    jumped_to = fp;
  }
  return jumped_to;
}

}  // namespace holmes
