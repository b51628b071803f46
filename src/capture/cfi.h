// Call frame information: for one PC, how to get from a frame to its caller's.
//
// Reads the .eh_frame_hdr search table and .eh_frame of a mapped module in place: nothing is
// prepared, copied or allocated. What the x86-64 ABI's compilers emit is understood; anything else
// gives `Kind::unknown`, never a guess.
// Context: signal handler, malloc path, monitor thread. No lock, no system call.
#pragma once

#include <cstdint>

#include "platform/libc.h"

namespace holmes {

struct FrameRule {
  enum class Kind : uint8_t {
    unknown,    // no rule: the walk ends or goes on by frame pointer
    end,        // the outermost frame
    from_sp,    // CFA = sp + cfa_offset
    from_fp,    // CFA = fp + cfa_offset
    deref_sp,   // CFA = *(sp + cfa_offset)
    deref_fp,   // CFA = *(fp + cfa_offset): functions that realign their stack
    signal,     // a signal trampoline: all registers are in the ucontext
  };
  enum class Fp : uint8_t {
    same,     // the caller's frame pointer is still in the register
    at_cfa,   // saved at CFA + fp_offset
    at_fp,    // saved at fp + fp_offset
    lost,     // cannot be known
  };
  Kind kind = Kind::unknown;
  Fp fp = Fp::same;
  int32_t cfa_offset = 0;
  int32_t fp_offset = 0;

  // 64 bits, for a cache that is read without a lock: kind, fp, and both offsets in 28 bits each.
  static constexpr unsigned kOffsetBits = 28;
  uint64_t pack() const {
    constexpr uint64_t kMask = (uint64_t{1} << kOffsetBits) - 1;
    return uint64_t{static_cast<uint8_t>(kind)} | uint64_t{static_cast<uint8_t>(fp)} << 4 |
           (static_cast<uint32_t>(cfa_offset) & kMask) << 8 |
           (static_cast<uint32_t>(fp_offset) & kMask) << (8 + kOffsetBits);
  }
  static FrameRule unpack(uint64_t bits) {
    FrameRule rule;
    rule.kind = static_cast<Kind>(bits & 15);
    rule.fp = static_cast<Fp>(bits >> 4 & 15);
    rule.cfa_offset = static_cast<int32_t>(static_cast<int64_t>(bits << 28) >> 36);
    rule.fp_offset = static_cast<int32_t>(static_cast<int64_t>(bits) >> 36);
    return rule;
  }
};

// `function_start` receives where the function that holds `pc` begins, if anything was found.
FrameRule find_frame_rule(const libc::Module& module, uintptr_t pc, uintptr_t* function_start);

}  // namespace holmes
