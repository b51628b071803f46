// A walk over a stack that holds anything, from any registers.
//
// Input: 8 words of choices, then the stack's words. A word whose top byte is 0xC0 + n becomes an address
// in the n-th piece of code or data, so that walks get anywhere.
#include "capture/unwind.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz_input.h"
#include "platform/libc.h"

extern "C" void holmes_signal_return();

namespace {

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

uintptr_t place(uint64_t word, uintptr_t stack_low) {
  const auto low = static_cast<uintptr_t>(word & 0xffffff);
  switch (word >> 56) {
    case 0xC0: return reinterpret_cast<uintptr_t>(&qsort) + low % 4096;
    case 0xC1: return reinterpret_cast<uintptr_t>(&LLVMFuzzerTestOneInput) + low % 4096;
    case 0xC2: return reinterpret_cast<uintptr_t>(&holmes_signal_return) + low % 16;
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
  Registers registers{place(input.number<uint64_t>(), low), place(input.number<uint64_t>(), low),
                      place(input.number<uint64_t>(), low), (flags & 1) != 0};
  for (size_t i = 0; i < kWords; ++i) stack()[i] = place(input.number<uint64_t>(), low);
  StackView view;
  if ((flags & 2) != 0) {  // the thread's own, or one that nothing is known of
    if (registers.sp < low || registers.sp >= high) registers.sp = low;
    view = own_stack_view(registers.sp, (flags & 4) != 0 ? low : 0, (flags & 4) != 0 ? high : 0);
  } else {  // a copy, taken of another place
    constexpr uintptr_t kMoved = uintptr_t{1} << 40;
    view = {low + kMoved, high + kMoved, -static_cast<intptr_t>(kMoved)};
    registers.sp += kMoved;
    registers.fp += kMoved;
  }
  uintptr_t frames[64];
  const UnwindResult result = unwind(registers, (flags & 8) != 0, view, frames);
  fuzz::require(result.frames <= 64);
  return 0;
}
