// Unwinding tables of a damaged module: every read must stay inside of it.
//
// Input: 4 bytes, where .eh_frame_hdr is; 4 bytes, the PC; the module. It stands between pages that
// cannot be read, once up to the one behind it and once from the one before it on.
#include "capture/cfi.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include "fuzz_input.h"

namespace {

constexpr size_t kRoom = size_t{1} << 16;
constexpr size_t kGuard = size_t{1} << 20;

uint8_t* room() {
  static uint8_t* begin = [] {
    void* all = mmap(nullptr, kRoom + 2 * kGuard, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    holmes::fuzz::require(all != MAP_FAILED);
    auto* at = static_cast<uint8_t*>(all) + kGuard;
    mprotect(at, kRoom, PROT_READ | PROT_WRITE);
    return at;
  }();
  return begin;
}

void look_up(uint8_t* at, size_t size, uint32_t header, uint32_t pc) {
  using namespace holmes;
  const auto start = reinterpret_cast<uintptr_t>(at);
  ASAN_POISON_MEMORY_REGION(room(), kRoom);
  ASAN_UNPOISON_MEMORY_REGION(at, size);
  const libc::Module module{start, start + size, at + header % (size + 1)};
  uintptr_t function = 0;
  const FrameRule rule = find_frame_rule(module, start + pc % (size + 1), &function);
  const FrameRule again = FrameRule::unpack(rule.pack());
  fuzz::require(again.kind == rule.kind && again.fp == rule.fp);
  if (rule.kind != FrameRule::Kind::unknown) {
    fuzz::require(again.cfa_offset == rule.cfa_offset && again.fp_offset == rule.fp_offset);
  }
  ASAN_UNPOISON_MEMORY_REGION(room(), kRoom);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  holmes::fuzz::Input input(data, size);
  const auto header = input.number<uint32_t>();
  const auto pc = input.number<uint32_t>();
  if (input.size() == 0 || input.size() > kRoom) return 0;
  uint8_t* at_end = room() + kRoom - input.size();
  std::memcpy(at_end, input.data(), input.size());
  look_up(at_end, input.size(), header, pc);
  std::memmove(room(), input.data(), input.size());
  look_up(room(), input.size(), header, pc);
  return 0;
}
