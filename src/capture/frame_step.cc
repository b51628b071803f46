#include "capture/frame_step.h"

namespace holmes {
namespace {

Step step_by_frame_pointer(StackReader& reader, Registers& at) {
  uintptr_t caller_fp = 0;
  uintptr_t caller_pc = 0;
  if (!at.fp_known || at.fp < at.sp) return Step::broken;
  if (!reader.read(at.fp, caller_fp) || !reader.read(at.fp + arch::kWord, caller_pc)) {
    return Step::broken;
  }
  at = {caller_pc, at.fp + 2 * arch::kWord, caller_fp, true};
  return Step::more;
}

Step step_over_signal(StackReader& reader, Registers& at) {
  Registers next;
  if (!reader.read(at.sp + arch::kSignalPc, next.pc) ||
      !reader.read(at.sp + arch::kSignalSp, next.sp) ||
      !reader.read(at.sp + arch::kSignalFp, next.fp)) {
    return Step::broken;
  }
  at = next;
  return reader.follow(next.sp) ? Step::more : Step::elsewhere;
}

bool canonical_frame(StackReader& reader, const FrameRule& rule, const Registers& at,
                     uintptr_t& cfa) {
  cfa = (needs_frame_pointer(rule) ? at.fp : at.sp) +
        static_cast<uintptr_t>(intptr_t{rule.cfa_offset});
  const bool indirect =
      rule.kind == FrameRule::Kind::deref_fp || rule.kind == FrameRule::Kind::deref_sp;
  return !indirect || reader.read(cfa, cfa);
}

bool restore_frame_pointer(StackReader& reader, const FrameRule& rule, uintptr_t cfa,
                           Registers& at) {
  const auto offset = static_cast<uintptr_t>(intptr_t{rule.fp_offset});
  switch (rule.fp) {
    case FrameRule::Fp::same: return true;
    case FrameRule::Fp::at_cfa: at.fp_known = true; return reader.read(cfa + offset, at.fp);
    case FrameRule::Fp::at_fp:
      at.fp_known = at.fp_known && reader.read(at.fp + offset, at.fp);
      return true;
    default: at.fp_known = false; return true;
  }
}

}  // namespace

Step step(StackReader& reader, const FrameRule& rule, Registers& at) {
  switch (rule.kind) {
    case FrameRule::Kind::end: return Step::end;
    case FrameRule::Kind::unknown: return step_by_frame_pointer(reader, at);
    case FrameRule::Kind::signal: return step_over_signal(reader, at);
    default: break;
  }
  if (needs_frame_pointer(rule) && !at.fp_known) return Step::broken;
  uintptr_t cfa = 0;
  if (!canonical_frame(reader, rule, at, cfa)) return Step::broken;
  if (cfa <= at.sp) return Step::broken;  // stacks only shrink on the way out
  if (!reader.read(cfa - arch::kWord, at.pc)) return Step::broken;
  if (!restore_frame_pointer(reader, rule, cfa, at)) return Step::broken;
  at.sp = cfa;
  return Step::more;
}

}  // namespace holmes
