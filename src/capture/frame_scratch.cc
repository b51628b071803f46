#include "capture/frame_scratch.h"

#include <atomic>
#include <bit>

namespace holmes {
namespace {

constexpr int kBuffers = 64;
uintptr_t g_buffers[kBuffers][kMaxFrames];
std::atomic<uint64_t> g_taken{0};

}  // namespace

FrameScratch::FrameScratch() {
  uint64_t taken = g_taken.load(std::memory_order_relaxed);
  while (taken != ~uint64_t{0}) {
    const int free = std::countr_one(taken);
    if (g_taken.compare_exchange_weak(taken, taken | uint64_t{1} << free,
                                      std::memory_order_acquire)) {
      index_ = free;
      return;
    }
  }
}

FrameScratch::~FrameScratch() {
  if (index_ >= 0) g_taken.fetch_and(~(uint64_t{1} << index_), std::memory_order_release);
}

std::span<uintptr_t, kMaxFrames> FrameScratch::frames() const {
  return std::span<uintptr_t, kMaxFrames>(g_buffers[index_]);
}

void FrameScratch::forget_after_fork() { g_taken.store(0); }

}  // namespace holmes
