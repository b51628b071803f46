// The malloc family. One screen each: count down, real call, record, return.
//
// The fast path is a subtraction, a branch and a tail call; the address that the real allocator
// returned is handed out as it is. The ..._slow functions are reached by tail calls, so that their
// caller is the host's: that is where a stack begins.
#include <errno.h>

#include <cstring>

#include "capture/core.h"
#include "export.h"
#include "fast_path.h"
#include "marking.h"
#include "real.h"

namespace holmes {
namespace {

[[gnu::noinline]] void* malloc_slow(size_t size) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  ThreadState& state = t_state;
  const uint64_t mean = should_sample(state);
  if (mean == 0) return g_real.malloc(size);
  void* block = allocate_sampled(size);
  record_sampled(state, block, size, mean, caller);
  return block;
}

[[gnu::noinline]] void* calloc_slow(size_t count, size_t size) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  ThreadState& state = t_state;
  const uint64_t mean = should_sample(state);
  if (mean == 0) return g_real.calloc(count, size);
  void* block = allocate_sampled_zeroed(count, size);
  record_sampled(state, block, count * size, mean, caller);
  return block;
}

[[gnu::noinline]] void* memalign_slow(size_t alignment, size_t size,
                                      void* (*real)(size_t, size_t)) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  ThreadState& state = t_state;
  const uint64_t mean = should_sample(state);
  if (mean == 0) return real(alignment, size);
  void* block = allocate_sampled_aligned(alignment, size, real);
  record_sampled(state, block, size, mean, caller);
  return block;
}

// Blocks of valloc and pvalloc begin at a page: they are marked by nature.
[[gnu::noinline]] void* valloc_slow(size_t size, void* (*real)(size_t)) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  ThreadState& state = t_state;
  const uint64_t mean = should_sample(state);
  void* block = real(size);
  if (mean != 0) record_sampled(state, block, size, mean, caller);
  return block;
}

[[gnu::noinline]] int posix_memalign_slow(void** block, size_t alignment, size_t size) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  ThreadState& state = t_state;
  const uint64_t mean = should_sample(state);
  if (mean == 0) return g_real.posix_memalign(block, alignment, size);
  const int error = posix_allocate_sampled(block, alignment, size);
  if (error == 0) record_sampled(state, *block, size, mean, caller);
  return error;
}

void* move_out_of_bootstrap(void* block, size_t size) {
  void* fresh = g_real.malloc(size);
  if (fresh == nullptr) return nullptr;
  const size_t old = bootstrap::size_of(block);
  std::memcpy(fresh, block, old < size ? old : size);
  return fresh;
}

// A resized block counts as freed and allocated anew. It leaves the table first: the real function
// may free it, and another thread get its address, before it returns.
[[gnu::noinline]] void* realloc_slow(void* block, size_t size) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  LiveBlock old;
  bool known = false;
  if (block != nullptr && may_be_sampled(block)) {
    if (bootstrap::owns(block)) return move_out_of_bootstrap(block, size);
    known = forget_sampled(block, &old);
  }
  ThreadState& state = t_state;
  const uint64_t mean = state.bytes_left < 0 ? should_sample(state) : 0;
  void* fresh = g_real.realloc(block, size);
  if (fresh == nullptr) {
    if (known && size != 0) restore_sampled(block, old);
    return nullptr;
  }
  if (mean == 0) return fresh;
  fresh = mark_resized(fresh, size);
  record_sampled(state, fresh, size, mean, caller);
  return fresh;
}

}  // namespace

}  // namespace holmes

using namespace holmes;  // NOLINT: the exported functions below live outside of every namespace

HOLMES_EXPORT void* malloc(size_t size) {
  if (count_down(size)) [[unlikely]]
    return malloc_slow(size);
  return g_real.malloc(size);
}

HOLMES_EXPORT void free(void* block) { release(block); }

HOLMES_EXPORT void* calloc(size_t count, size_t size) {
  size_t bytes;
  const bool overflow = __builtin_mul_overflow(count, size, &bytes);
  if (!overflow && count_down(bytes)) [[unlikely]]
    return calloc_slow(count, size);
  return g_real.calloc(count, size);
}

HOLMES_EXPORT void* realloc(void* block, size_t size) {
  if (count_down(size) || may_be_sampled(block)) [[unlikely]]
    return realloc_slow(block, size);
  return g_real.realloc(block, size);
}

HOLMES_EXPORT void* reallocarray(void* block, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  if (count_down(bytes) || may_be_sampled(block)) [[unlikely]]
    return realloc_slow(block, bytes);
  return g_real.realloc(block, bytes);
}

HOLMES_EXPORT int posix_memalign(void** block, size_t alignment, size_t size) {
  if (count_down(size)) [[unlikely]]
    return posix_memalign_slow(block, alignment, size);
  return g_real.posix_memalign(block, alignment, size);
}

HOLMES_EXPORT void* aligned_alloc(size_t alignment, size_t size) {
  if (count_down(size)) [[unlikely]]
    return memalign_slow(alignment, size, g_real.aligned_alloc);
  return g_real.aligned_alloc(alignment, size);
}

HOLMES_EXPORT void* memalign(size_t alignment, size_t size) {
  if (count_down(size)) [[unlikely]]
    return memalign_slow(alignment, size, g_real.memalign);
  return g_real.memalign(alignment, size);
}

HOLMES_EXPORT void* valloc(size_t size) {
  if (count_down(size)) [[unlikely]]
    return valloc_slow(size, g_real.valloc);
  return g_real.valloc(size);
}

HOLMES_EXPORT void* pvalloc(size_t size) {
  if (count_down(size)) [[unlikely]]
    return valloc_slow(size, g_real.pvalloc);
  return g_real.pvalloc(size);
}
