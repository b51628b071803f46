#include "capture/unwind.h"

#include "capture/frame_cache.h"
#include "capture/frame_search.h"
#include "capture/frame_step.h"
#include "platform/libc.h"

namespace holmes {
namespace {

constexpr uintptr_t kLowestCode = 4096;

// In place of an unknown frame pointer, in the short path: odd, so that no frame is found by it.
constexpr uintptr_t kUnknownFp = 0xF0F0'0000'0BAD'0001;

class Walk {
 public:
  Walk(const Registers& registers, bool exact, StackView& stack, std::span<uintptr_t> addresses)
      : reader_(stack), at_(registers), out_(addresses), exact_(exact) {}

  // Takes frames as long as they are simple and known.
  void take_simple_frames();
  // The next frame, whatever it is. False: there is none.
  template <bool kMaySearch>
  bool take_frame();

  UnwindResult result() const { return {frames_, end_ == Step::end, end_ == Step::elsewhere}; }
  const Registers& at() const { return at_; }

 private:
  uintptr_t look_up_address() const { return exact_ ? at_.pc : at_.pc - 1; }
  bool stop(Step step) {
    end_ = step;
    return false;
  }

  StackReader reader_;
  Registers at_;
  std::span<uintptr_t> out_;
  size_t frames_ = 0;
  bool exact_;
  Step end_ = Step::more;
};

// Some 25 instructions a frame. Nothing is read that does not lie between the stack pointer and the
// end of the view: a simple rule's places lie between its register and the CFA, and the CFA is
// compared. No frame of holmes itself is simple (capture/frame_cache.h).
[[gnu::always_inline]] inline void Walk::take_simple_frames() {
  if (at_.sp < reader_.view().low || at_.sp > reader_.view().high || at_.sp % arch::kWord != 0)
    return;
  const uintptr_t high = reader_.view().high;
  const auto shift = static_cast<uintptr_t>(reader_.view().shift);
  const FrameCache::State cache = FrameCache::state();
  uintptr_t look_up = look_up_address();
  uintptr_t sp = at_.sp;
  uintptr_t fp = at_.fp_known ? at_.fp : kUnknownFp;
  uintptr_t* const begin = out_.data() + frames_;
  uintptr_t* out = begin;
  uintptr_t* const end = out_.data() + out_.size();
  while (out != end) {
    uint64_t bits;
    if (!FrameCache::find(look_up, cache, bits)) break;
    uintptr_t cfa = sp;
    if (FrameRule::shape_of(bits) != FrameRule::kSimpleSp) [[unlikely]] {
      if (FrameRule::shape_of(bits) != FrameRule::kSimpleFp) break;
      if (fp - sp >= high - sp || (fp & 7) != 0) break;
      cfa = fp;
    }
    cfa += FrameRule::simple_cfa_offset(bits);
    if (cfa > high) break;
    *out++ = look_up;
    sp = cfa;
    const uintptr_t top = cfa + shift;
    const int words = FrameRule::simple_fp_words(bits);
    if (words != 0) fp = word_at(top + static_cast<uintptr_t>(intptr_t{words} * 8));
    look_up = word_at(top - arch::kWord) - 1;
  }
  if (out == begin) return;
  frames_ = static_cast<size_t>(out - out_.data());
  at_ = {look_up + 1, sp, fp, fp != kUnknownFp};
  exact_ = false;
}

template <bool kMaySearch>
[[gnu::noinline]] bool Walk::take_frame() {
  if (frames_ == out_.size()) return false;
  if (at_.pc < kLowestCode) return stop(at_.pc == 0 ? Step::end : Step::broken);
  const uintptr_t look_up = look_up_address();
  // The thread's start goes through holmes; its reader did not write that frame.
  if (!FrameCache::is_own_code(look_up)) out_[frames_++] = look_up;
  const FrameRule rule = FrameCache::look_up(look_up);
  if (kMaySearch && needs_frame_pointer(rule) && !at_.fp_known) {
    at_.fp = search_frame_pointer(reader_.view(), at_, rule);
    at_.fp_known = at_.fp != 0;
  }
  const Step done = step(reader_, rule, at_);
  if (done != Step::more) return stop(done);
  exact_ = rule.kind == FrameRule::Kind::signal;
  return true;
}

}  // namespace

UnwindResult unwind(const Registers& registers, bool exact_pc, StackView& stack,
                    std::span<uintptr_t> addresses) {
  Walk walk(registers, exact_pc, stack, addresses);
  do {
    walk.take_simple_frames();
  } while (walk.take_frame<false>());
  return walk.result();
}

UnwindResult unwind_passively(Registers& registers, StackView& stack,
                              std::span<uintptr_t> addresses) {
  Walk walk(registers, true, stack, addresses);
  do {
    walk.take_simple_frames();
  } while (walk.take_frame<true>());
  registers = walk.at();
  return walk.result();
}

void hide_own_frames() {
  libc::Module module;
  if (!libc::find_module(reinterpret_cast<uintptr_t>(&hide_own_frames), module)) return;
  FrameCache::set_own_code(module.start, module.end);
}

void forget_modules() { FrameCache::forget(); }

}  // namespace holmes
