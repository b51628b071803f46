// A walk over a stack that holds anything, from any registers.
//
// Input: 4 words of choices, then the stack's words. A word whose top byte is 0xC0 + n becomes an
// address in the n-th piece of code or data, so that walks get anywhere.
#include "capture/unwind.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "fuzz_input.h"
#include "platform/libc.h"
#include "platform/syscall.h"

namespace {

void handle(int) {}

// Where the kernel returns to from a handler: the frame that the unwinder knows a signal by.
uintptr_t trampoline() {
  static const uintptr_t address = [] {
    signal(SIGUSR2, handle);
    struct {
      uintptr_t handler, flags, restorer, mask;
    } action = {};
    holmes::sys::call(SYS_rt_sigaction, SIGUSR2, nullptr, &action, 8);
    return action.restorer;
  }();
  return address;
}

constexpr size_t kWords = 1024;
constexpr size_t kPage = 4096;

// The stack, with pages on both sides that cannot be read.
uintptr_t* stack() {
  static uintptr_t* begin = [] {
    const size_t bytes = kWords * 8;
    auto* all = static_cast<char*>(
        mmap(nullptr, bytes + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(all + kPage, bytes, PROT_READ | PROT_WRITE);
    holmes::libc::init();
    return reinterpret_cast<uintptr_t*>(all + kPage);
  }();
  return begin;
}

// On a stack in place the kernel alone makes signal frames, and what they say is believed.
uintptr_t place(uint64_t word, uintptr_t stack_low) {
  const auto low = static_cast<uintptr_t>(word & 0xffffff);
  switch (word >> 56) {
    case 0xC0: return reinterpret_cast<uintptr_t>(&qsort) + low % 4096;
    case 0xC1: return reinterpret_cast<uintptr_t>(&LLVMFuzzerTestOneInput) + low % 4096;
    case 0xC2: return trampoline() + low % 16;
    case 0xC3: return stack_low + low % (kWords * 8);
    case 0xC4: return reinterpret_cast<uintptr_t>(&dlsym) + low;
    case 0xC5: return stack_low + kWords * 8 + low % 65536;
    default: return static_cast<uintptr_t>(word);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes;
  fuzz::Input input(data, size);
  const auto low = reinterpret_cast<uintptr_t>(stack());
  const auto high = low + kWords * 8;
  const auto flags = input.number<uint64_t>();
  const bool in_place = (flags & 2) != 0;
  const auto next = [&] { return place(input.number<uint64_t>(), low); };
  Registers registers;
  registers.pc = next();
  registers.sp = next();
  registers.fp = next();
  registers.fp_known = (flags & 1) != 0;
  for (size_t i = 0; i < kWords; ++i) stack()[i] = next();
  StackView view;
  if (in_place) {  // the thread's own, or one that nothing is known of
    if (registers.sp < low || registers.sp >= high) registers.sp = low;
    view = own_stack_view(registers.sp, (flags & 4) != 0 ? low : 0, (flags & 4) != 0 ? high : 0);
  } else {  // a copy, taken of another place
    constexpr uintptr_t kMoved = uintptr_t{1} << 40;
    view = {low + kMoved, high + kMoved, -static_cast<intptr_t>(kMoved)};
    registers.sp += kMoved;
    registers.fp += kMoved;
  }
  uintptr_t frames[64];
  const UnwindResult result = in_place ? unwind(registers, (flags & 8) != 0, view, frames)
                                       : unwind_passively(registers, view, frames);
  fuzz::require(result.frames <= 64);
  return 0;
}
