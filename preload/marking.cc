#include "marking.h"

#include <atomic>
#include <cstring>

#include "capture/core.h"
#include "real.h"

namespace holmes {
namespace {

constexpr size_t kPage = 4096;
// From here on glibc gives a block a mapping of its own, unless freed ones have taught it otherwise. To ask
// for such a block at page alignment instead costs 8 µs: glibc then maps and unmaps it each time.
constexpr size_t kLarge = size_t{128} << 10;

bool g_must_mark = false;

void free_filtered(void* block) {
  const auto address = reinterpret_cast<uintptr_t>(block);
  if (g_core.heap.may_hold(address)) [[unlikely]] g_core.heap.forget(address);
  g_real.free(block);
}

void first_free(void* block) {
  resolve_real_functions();
  g_real.free(block);
}

void* first_realloc(void* block, size_t size) {
  resolve_real_functions();
  return g_real.realloc(block, size);
}

// Samples until free() may go the short way again; set anew by each unmarked one.
constexpr int kPatience = 1024;
std::atomic<int> g_unmarked_patience{0};

void filter_all(bool all) {
  g_free = all ? free_filtered : g_real.free;
  g_realloc = all ? realloc_filtered : g_real.realloc;
}

}  // namespace

constinit FreeFunction g_free = first_free;
constinit ReallocFunction g_realloc = first_realloc;

void choose_marking(bool is_glibc) {
  g_must_mark = is_glibc;
  filter_all(!is_glibc);
}

bool must_mark() { return g_must_mark; }

void before_record(const void* block) {
  if (!g_must_mark) return;
  if (!is_marked(block)) {
    // Whoever frees this block has got it from us later than this.
    if (g_unmarked_patience.exchange(kPatience) == 0) filter_all(true);
  } else if (g_unmarked_patience.load(std::memory_order_relaxed) > 0 &&
             g_unmarked_patience.fetch_sub(1) == 1) {
    // Unmarked blocks that still live are missed when they are freed, which costs accuracy alone;
    // there are few: none has been sampled for kPatience samples.
    filter_all(false);
  }
}

void* allocate_sampled(size_t size) {
  if (!g_must_mark || size >= kLarge) return g_real.malloc(size);
  return g_real.memalign(kPage, size);
}

void* allocate_sampled_zeroed(size_t count, size_t size) {
  const size_t bytes = count * size;  // the caller has looked for overflow
  if (!g_must_mark || bytes >= kLarge) return g_real.calloc(count, size);
  void* block = g_real.memalign(kPage, bytes);
  if (block != nullptr) std::memset(block, 0, bytes);
  return block;
}

void* allocate_sampled_aligned(size_t alignment, size_t size, void* (*real)(size_t, size_t)) {
  return real(g_must_mark && alignment < kPage ? kPage : alignment, size);
}

void* mark_resized(void* block, size_t size) {
  if (!g_must_mark || size >= kLarge || is_marked(block)) return block;
  void* marked = g_real.memalign(kPage, size);
  if (marked == nullptr) return block;
  std::memcpy(marked, block, size);
  g_real.free(block);
  return marked;
}

}  // namespace holmes
