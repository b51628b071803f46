#include "marking.h"

#include <cstring>

#include "capture/core.h"
#include "real.h"

namespace holmes {
namespace {

constexpr size_t kPage = 4096;
// From here on glibc gives a block a mapping of its own, unless freed ones have taught it otherwise.
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

// Zeroes what is not zero. Pages that were never touched stay so: reading them costs no memory, and a
// host that asks for a large sparse table must not find it resident.
void clear_sparsely(void* block, size_t size) {
  auto* bytes = static_cast<char*>(block);
  for (size_t at = 0; at < size; at += kPage) {
    const size_t length = size - at < kPage ? size - at : kPage;
    char any = 0;
    for (size_t i = 0; i < length; ++i) any = static_cast<char>(any | bytes[at + i]);
    if (any != 0) std::memset(bytes + at, 0, length);
  }
}

}  // namespace

constinit FreeFunction g_free = first_free;
constinit ReallocFunction g_realloc = first_realloc;

void choose_marking(bool is_glibc) {
  g_must_mark = is_glibc;
  g_free = is_glibc ? g_real.free : free_filtered;
  g_realloc = is_glibc ? g_real.realloc : realloc_filtered;
}

bool must_mark() { return g_must_mark; }

void* allocate_sampled(size_t size) {
  if (!g_must_mark) return g_real.malloc(size);
  if (size < kLarge) return g_real.memalign(kPage, size);
  void* block = g_real.malloc(size);
  if (block == nullptr || is_marked(block)) return block;
  g_real.free(block);
  return g_real.memalign(kPage, size);
}

void* allocate_sampled_zeroed(size_t count, size_t size) {
  const size_t bytes = count * size;  // the caller has looked for overflow
  if (!g_must_mark) return g_real.calloc(count, size);
  if (bytes >= kLarge) {
    void* block = g_real.calloc(count, size);
    if (block == nullptr || is_marked(block)) return block;
    g_real.free(block);
  }
  void* block = g_real.memalign(kPage, bytes);
  if (block != nullptr) clear_sparsely(block, bytes);
  return block;
}

void* allocate_sampled_aligned(size_t alignment, size_t size, void* (*real)(size_t, size_t)) {
  return real(g_must_mark && alignment < kPage ? kPage : alignment, size);
}

void* mark_resized(void* block, size_t size) {
  if (!g_must_mark || is_marked(block)) return block;
  void* marked = g_real.memalign(kPage, size);
  if (marked == nullptr) return block;
  std::memcpy(marked, block, size);
  g_real.free(block);
  return marked;
}

}  // namespace holmes
