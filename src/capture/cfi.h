// Call frame information: for one PC, how to get from a frame to its caller's.
//
// Reads the .eh_frame_hdr search table and .eh_frame of a mapped module in place: nothing is
// prepared, copied or allocated. What the x86-64 ABI's compilers emit is understood; anything else
// gives `Kind::unknown`, never a guess.
// Context: signal handler, malloc path, monitor thread. No lock, no system call, half a KiB of
// stack.
#pragma once

#include <cstdint>

#include "platform/libc.h"

namespace holmes {

struct FrameRule {
  enum class Kind : uint8_t {
    unknown,   // no rule: the walk ends or goes on by frame pointer
    end,       // the outermost frame
    from_sp,   // CFA = sp + cfa_offset
    from_fp,   // CFA = fp + cfa_offset
    deref_sp,  // CFA = *(sp + cfa_offset)
    deref_fp,  // CFA = *(fp + cfa_offset): functions that realign their stack
    signal,    // a signal trampoline: all registers are in the ucontext
  };
  enum class Fp : uint8_t {
    same,    // the caller's frame pointer is still in the register
    at_cfa,  // saved at CFA + fp_offset
    at_fp,   // saved at fp + fp_offset
    lost,    // cannot be known
  };
  Kind kind = Kind::unknown;
  Fp fp = Fp::same;
  int32_t cfa_offset = 0;
  int32_t fp_offset = 0;

  // 64 bits, for a cache that is read without a lock (capture/frame_cache.h). A simple rule, which
  // is nearly every one, is laid out for a walk that takes it as it is: the CFA's offset in the low
  // half, above it a byte with the shape, and in the next one where the frame pointer was saved, in
  // words from the CFA (0: it was not). Both its places lie between the CFA and the register that
  // it is found by. Any other: kind, fp, and both offsets in 28 bits each.
  enum Shape : uint8_t { kNotSimple = 0, kSimpleSp = 1, kSimpleFp = 2 };
  static constexpr unsigned kShapeAt = 32;
  static Shape shape_of(uint64_t bits) { return static_cast<Shape>(bits >> kShapeAt & 3); }
  static uintptr_t simple_cfa_offset(uint64_t bits) { return static_cast<uint32_t>(bits); }
  static int simple_fp_words(uint64_t bits) { return static_cast<int8_t>(bits >> 40); }

  uint64_t pack() const;
  uint64_t pack_in_full() const;  // as if it were not simple
  static FrameRule unpack(uint64_t bits);

 private:
  bool is_simple() const;
};

// `function_start` receives where the function that holds `pc` begins, if anything was found.
FrameRule find_frame_rule(const libc::Module& module, uintptr_t pc, uintptr_t* function_start);

}  // namespace holmes
