#include "marking.h"

#include <errno.h>

#include <atomic>
#include <cstring>

#include "real.h"

namespace holmes {

namespace {

constexpr size_t kMarkAlignment = 1024;
constexpr uint32_t kMarkMask = (kMarkAlignment - 1) & ~uint32_t{16};

bool is_marked(const void* block) { return (reinterpret_cast<uintptr_t>(block) & kMarkMask) == 0; }

// From here on glibc gives a block a mapping of its own, unless freed ones have taught it
// otherwise. To ask for such a mapping at an alignment costs 8 µs: it is then unmapped and mapped
// each time.
constexpr size_t kLarge = size_t{128} << 10;

bool g_must_mark = false;

void look_at(uint32_t mask) { std::atomic_ref(g_mark_mask).store(mask); }

// The count is read again after the store: whoever counted a block in between has either seen the
// mask that is stored here, and stores again, or is seen by the second look.
void follow_unmarked() {
  if (!g_must_mark) return;
  if (g_core.heap.unmarked() == 0) look_at(kMarkMask);
  if (g_core.heap.unmarked() != 0) look_at(0);
}

// ---- Freed marked blocks, kept for the next samples ---------------------------------------------
// Row k holds blocks with room for at least k * kStep bytes. Each place is taken and given by one
// exchange: nothing is linked, so a thread may stop at any instruction.
constexpr size_t kStep = 64;
constexpr size_t kRows = 17;
constexpr size_t kEach = 2;
std::atomic<void*> g_kept[kRows][kEach];

void* take_kept(size_t row) {
  for (std::atomic<void*>& place : g_kept[row]) {
    if (place.load(std::memory_order_relaxed) == nullptr) continue;
    if (void* block = place.exchange(nullptr)) return block;
  }
  return nullptr;
}

bool keep(void* block) {
  if (!g_must_mark || reinterpret_cast<uintptr_t>(block) % kMarkAlignment != 0) return false;
  const size_t row = g_real.malloc_usable_size(block) / kStep;
  if (row == 0 || row >= kRows) return false;
  for (std::atomic<void*>& place : g_kept[row]) {
    void* expected = nullptr;
    if (place.load(std::memory_order_relaxed) != nullptr) continue;
    if (place.compare_exchange_strong(expected, block)) return true;
  }
  return false;
}

void* allocate_small(size_t size) {
  const size_t row = size == 0 ? 1 : (size + kStep - 1) / kStep;
  if (row >= kRows) return g_real.memalign(kMarkAlignment, size);
  if (void* block = take_kept(row)) return block;
  return g_real.memalign(kMarkAlignment, row * kStep);
}

// Does a marked block answer a request for this alignment? One that the real function refuses, or
// rounds up, is left to it.
bool is_covered(size_t alignment) {
  const bool is_power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
  return g_must_mark && is_power_of_two && alignment <= kMarkAlignment;
}

// A large block that is not marked lies in the middle of the heap, and so will the one that is.
void* marked_instead(void* block, size_t size) {
  if (block == nullptr || is_marked(block)) return block;
  void* marked = g_real.memalign(kMarkAlignment, size);
  if (marked == nullptr) return block;
  g_real.free(block);
  return marked;
}

}  // namespace

constinit uint32_t g_mark_mask = kMarkMask;

void choose_marking(bool is_glibc) {
  g_must_mark = is_glibc && g_real.malloc_usable_size != nullptr;
  look_at(g_must_mark ? kMarkMask : 0);
}

void* allocate_sampled(size_t size) {
  if (!g_must_mark) return g_real.malloc(size);
  return size < kLarge ? allocate_small(size) : marked_instead(g_real.malloc(size), size);
}

void* allocate_sampled_zeroed(size_t count, size_t size) {
  const size_t bytes = count * size;  // the caller has looked for overflow
  // Large zeroed memory is best left to glibc, which knows what the kernel has zeroed.
  if (!g_must_mark || bytes >= kLarge) return g_real.calloc(count, size);
  void* block = allocate_small(bytes);
  if (block != nullptr) std::memset(block, 0, bytes);
  return block;
}

void* allocate_sampled_aligned(size_t alignment, size_t size, void* (*real)(size_t, size_t)) {
  return is_covered(alignment) ? allocate_small(size) : real(alignment, size);
}

int posix_allocate_sampled(void** block, size_t alignment, size_t size) {
  if (!is_covered(alignment) || alignment < sizeof(void*)) {
    return g_real.posix_memalign(block, alignment, size);
  }
  void* sampled = allocate_small(size);
  if (sampled == nullptr) return ENOMEM;
  *block = sampled;
  return 0;
}

// A large block may be resized again and again where it lies: to move it each time would cost more
// than to ask the filter while it lives.
void* mark_resized(void* block, size_t size) {
  if (!g_must_mark || size >= kLarge || is_marked(block)) return block;
  void* marked = allocate_small(size);
  if (marked == nullptr) return block;
  std::memcpy(marked, block, size);
  g_real.free(block);
  return marked;
}

void record_sampled(ThreadState& state, void* block, size_t size, uint64_t mean,
                    const Registers& caller) {
  if (block == nullptr) return;
  const bool unmarked = g_must_mark && !is_marked(block);
  record_block(state, block, size, mean, caller, unmarked);
  if (unmarked || g_mark_mask == 0) follow_unmarked();
}

bool forget_sampled(const void* block, LiveBlock* old) {
  if (!g_core.heap.forget(reinterpret_cast<uintptr_t>(block), old)) return false;
  if (old->unmarked != 0) follow_unmarked();
  return true;
}

void restore_sampled(const void* block, const LiveBlock& old) {
  g_core.heap.restore(reinterpret_cast<uintptr_t>(block), old);
  if (old.unmarked != 0) follow_unmarked();
}

void free_sampled(void* block) {
  LiveBlock old;
  if (forget_sampled(block, &old)) {
    if (keep(block)) return;
  } else if (bootstrap::owns(block)) {
    return;
  }
  g_real.free(block);
}

}  // namespace holmes
