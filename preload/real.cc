#include "real.h"

#include <errno.h>
#include <stdlib.h>

#include <atomic>
#include <cstring>

#include "capture/core.h"
#include "marking.h"
#include "platform/libc.h"

namespace holmes {

namespace bootstrap {
namespace {

// A block begins 16 bytes into a page of its own, so that free() finds it marked. Pages that are
// never used cost nothing, and there are seldom more than none.
constexpr size_t kPage = 4096;
constexpr size_t kBytes = 64 * kPage;
constexpr size_t kHeader = 16;
alignas(kPage) char g_arena[kBytes];
std::atomic<size_t> g_used{0};

}  // namespace

void* allocate(size_t bytes) {
  if (bytes > kBytes) return nullptr;
  const size_t need = (kHeader + bytes + kPage - 1) & ~(kPage - 1);
  const size_t at = g_used.fetch_add(need);
  if (at + need > kBytes) return nullptr;
  std::memcpy(g_arena + at, &bytes, sizeof bytes);
  char* block = g_arena + at + kHeader;
  g_core.heap.watch(reinterpret_cast<uintptr_t>(block));
  return block;
}

bool owns(const void* block) {
  return block >= static_cast<const void*>(g_arena) &&
         block < static_cast<const void*>(g_arena + kBytes);
}

size_t size_of(const void* block) {
  size_t bytes;
  std::memcpy(&bytes, static_cast<const char*>(block) - kHeader, sizeof bytes);
  return bytes;
}

}  // namespace bootstrap

namespace {

std::atomic<int> g_state{0};  // 0: nothing known, 1: being looked up, 2: known

bool overflow(size_t count, size_t size, size_t& bytes) {
  return __builtin_mul_overflow(count, size, &bytes);
}

void* first_malloc(size_t size) {
  return resolve_real_functions() ? g_real.malloc(size) : bootstrap::allocate(size);
}
void first_free(void* block) {
  if (resolve_real_functions() && !bootstrap::owns(block)) g_real.free(block);
}
void* first_calloc(size_t count, size_t size) {
  if (resolve_real_functions()) return g_real.calloc(count, size);
  size_t bytes;
  return overflow(count, size, bytes) ? nullptr : bootstrap::allocate(bytes);
}
void* first_realloc(void* block, size_t size) {
  if (resolve_real_functions()) return g_real.realloc(block, size);
  return block == nullptr ? bootstrap::allocate(size) : nullptr;
}
void* first_reallocarray(void* block, size_t count, size_t size) {
  return resolve_real_functions() ? g_real.reallocarray(block, count, size) : nullptr;
}
int first_posix_memalign(void** block, size_t alignment, size_t size) {
  return resolve_real_functions() ? g_real.posix_memalign(block, alignment, size) : ENOMEM;
}
void* first_aligned_alloc(size_t alignment, size_t size) {
  return resolve_real_functions() ? g_real.aligned_alloc(alignment, size) : nullptr;
}
void* first_memalign(size_t alignment, size_t size) {
  return resolve_real_functions() ? g_real.memalign(alignment, size) : nullptr;
}
void* first_valloc(size_t size) { return resolve_real_functions() ? g_real.valloc(size) : nullptr; }
void* first_pvalloc(size_t size) {
  return resolve_real_functions() ? g_real.pvalloc(size) : nullptr;
}
int first_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                         void* argument) {
  return resolve_real_functions() ? g_real.pthread_create(thread, attributes, run, argument)
                                  : EAGAIN;
}
int first_thrd_create(unsigned long* thread, int (*run)(void*), void* argument) {
  return resolve_real_functions() ? g_real.thrd_create(thread, run, argument) : 2;  // thrd_error
}

// A program's stub leads to the first definition behind the program: a call of it tells whose.
bool counts_calls_of_malloc() {
  auto* allocate = reinterpret_cast<decltype(&malloc)>(libc::global_symbol("malloc"));
  auto* release = reinterpret_cast<decltype(&free)>(libc::global_symbol("free"));
  const int64_t before = t_state.bytes_left;
  release(allocate(1));
  return t_state.bytes_left != before;
}

// A C library without one of these never gets a call to it, but for a program that looks it up.
template <typename Function>
void find(Function*& pointer, const char* name) {
  if (void* found = libc::next_symbol(name)) pointer = reinterpret_cast<Function*>(found);
}

}  // namespace

constinit RealFunctions g_real = {
    first_malloc,
    first_free,
    first_calloc,
    first_realloc,
    first_reallocarray,
    first_posix_memalign,
    first_aligned_alloc,
    first_memalign,
    first_valloc,
    first_pvalloc,
    nullptr,
    first_pthread_create,
    first_thrd_create,
};

bool comes_first(const char* name) {
  void* found = libc::global_symbol(name);
  if (libc::same_module(found, &g_real)) return true;
  return libc::is_call_stub(found) && counts_calls_of_malloc();
}

bool resolve_real_functions() {
  int expected = 0;
  if (!g_state.compare_exchange_strong(expected, 1)) return expected == 2;
  RealFunctions found = g_real;
  find(found.malloc, "malloc");
  find(found.free, "free");
  find(found.calloc, "calloc");
  find(found.realloc, "realloc");
  find(found.reallocarray, "reallocarray");
  find(found.posix_memalign, "posix_memalign");
  find(found.aligned_alloc, "aligned_alloc");
  find(found.memalign, "memalign");
  find(found.valloc, "valloc");
  find(found.pvalloc, "pvalloc");
  find(found.malloc_usable_size, "malloc_usable_size");
  find(found.pthread_create, "pthread_create");
  find(found.thrd_create, "thrd_create");
  // A function without a next one stays at its first_*: with the state known that would call
  // itself.
  if (found.reallocarray == first_reallocarray)
    found.reallocarray = [](void*, size_t, size_t) -> void* { return nullptr; };
  if (found.memalign == first_memalign) found.memalign = found.aligned_alloc;
  if (found.valloc == first_valloc) found.valloc = [](size_t) -> void* { return nullptr; };
  if (found.pvalloc == first_pvalloc) found.pvalloc = [](size_t) -> void* { return nullptr; };
  if (found.thrd_create == first_thrd_create) {
    found.thrd_create = [](unsigned long*, int (*)(void*), void*) { return 2; };
  }
  g_real = found;
  choose_marking(libc::in_libc(reinterpret_cast<void*>(found.malloc)));
  g_state.store(2, std::memory_order_release);
  return true;
}

}  // namespace holmes
