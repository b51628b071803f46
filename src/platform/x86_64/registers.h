// What unwinding must know of the x86-64: the registers that a call frame is found by, their DWARF
// numbers, and how a signal frame and a system call instruction look.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ucontext.h>

namespace holmes {

struct Registers {
  uintptr_t pc = 0;
  uintptr_t sp = 0;
  uintptr_t fp = 0;
  bool fp_known = true;  // false: read passively, and no frame so far has restored it
};

namespace arch {

// DWARF register numbers of the System V ABI.
inline constexpr unsigned kDwarfFp = 6;
inline constexpr unsigned kDwarfSp = 7;
inline constexpr unsigned kDwarfPc = 16;

inline constexpr size_t kWord = 8;

// At the PC of a signal trampoline the stack pointer points at the ucontext.
inline constexpr size_t kSignalFp = offsetof(ucontext_t, uc_mcontext.gregs[REG_RBP]);
inline constexpr size_t kSignalSp = offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]);
inline constexpr size_t kSignalPc = offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP]);

inline Registers interrupted_registers(const void* context) {
  const auto* uc = static_cast<const ucontext_t*>(context);
  return {static_cast<uintptr_t>(uc->uc_mcontext.gregs[REG_RIP]),
          static_cast<uintptr_t>(uc->uc_mcontext.gregs[REG_RSP]),
          static_cast<uintptr_t>(uc->uc_mcontext.gregs[REG_RBP]), true};
}

// Do the bytes before a return address spell a call? `code` points at `kCallBytes` bytes that end
// at the return address.
inline constexpr size_t kCallBytes = 8;
inline bool ends_in_call(const uint8_t* code) {
  if (code[3] == 0xE8) return true;  // call rel32
  for (size_t length = 2; length <= 7; ++length) {
    const uint8_t* at = code + kCallBytes - length;
    const bool rex = length > 2 && (at[0] & 0xF0) == 0x40;
    const uint8_t* op = rex ? at + 1 : at;
    if (op[0] != 0xFF || (op[1] & 0x38) != 0x10) continue;  // FF /2: call r/m64
    const uint8_t mod = op[1] >> 6;
    const uint8_t rm = op[1] & 7;
    size_t size = 2 + (rex ? 1 : 0);
    if (mod != 3 && rm == 4) size += 1;
    if (mod == 1) size += 1;
    if (mod == 2 || (mod == 0 && rm == 5)) size += 4;
    if (size == length) return true;
  }
  return false;
}
// The target of `call rel32` that ends at `return_address`, or 0.
inline uintptr_t direct_call_target(const uint8_t* code, uintptr_t return_address) {
  if (code[3] != 0xE8) return 0;
  const uint32_t raw = uint32_t{code[4]} | uint32_t{code[5]} << 8 | uint32_t{code[6]} << 16 |
                       uint32_t{code[7]} << 24;
  return return_address + static_cast<uintptr_t>(static_cast<intptr_t>(static_cast<int32_t>(raw)));
}

}  // namespace arch

// The registers of the caller of the function that expands this. Forces a frame pointer there.
#define HOLMES_CALLER_REGISTERS()                                                    \
  (::holmes::Registers{reinterpret_cast<uintptr_t>(__builtin_return_address(0)),     \
                       reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) + 16, \
                       *static_cast<const uintptr_t*>(__builtin_frame_address(0)), true})

}  // namespace holmes
