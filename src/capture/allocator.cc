#include "capture/allocator.h"

#include <malloc.h>

#include <atomic>
#include <cstring>

#include "base/clock.h"
#include "capture/thread_state.h"
#include "platform/libc.h"

namespace holmes::allocator {
namespace {

using MallInfo2 = struct mallinfo2 (*)();
using MallCtl = int (*)(const char*, void*, size_t*, void*, size_t);
using GetProperty = int (*)(const char*, size_t*);

std::string_view g_name = "unknown";
bool g_walks_lists = false;  // its cost grows with the heap
MallInfo2 g_mallinfo2 = nullptr;
MallCtl g_mallctl = nullptr;
GetProperty g_get_property = nullptr;

enum State : uint32_t { kIdle, kWanted, kAnswering };
std::atomic<uint32_t> g_state{kIdle};
std::atomic<uint32_t> g_version{0};  // odd while the figures are being written
AllocatorFigures g_figures;
std::atomic<uint64_t> g_rss_asked{0};

// ---- One adapter each ---------------------------------------------------------------------------
void ask_glibc(AllocatorFigures& out) {
  const struct mallinfo2 info = g_mallinfo2();
  out.add("arena_bytes", info.arena);
  out.add("mmapped_bytes", info.hblkhd);
  out.add("mmapped_blocks", info.hblks);
  out.add("in_use_bytes", info.uordblks);
  out.add("free_bytes", info.fordblks);
  out.add("free_chunks", info.ordblks);
  out.add("trimmable_bytes", info.keepcost);
}

void ask_jemalloc(AllocatorFigures& out) {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  g_mallctl("epoch", &epoch, &size, &epoch, size);  // refreshes what the others read
  struct Item {
    const char* key;
    const char* name;
  };
  constexpr Item kItems[] = {
      {"stats.allocated", "allocated_bytes"}, {"stats.active", "active_bytes"},
      {"stats.metadata", "metadata_bytes"},   {"stats.resident", "resident_bytes"},
      {"stats.mapped", "mapped_bytes"},       {"stats.retained", "retained_bytes"}};
  for (const Item& item : kItems) {
    size_t value = 0;
    size = sizeof value;
    if (g_mallctl(item.key, &value, &size, nullptr, 0) == 0) out.add(item.name, value);
  }
}

void ask_tcmalloc(AllocatorFigures& out) {
  struct Item {
    const char* key;
    const char* name;
  };
  constexpr Item kItems[] = {{"generic.current_allocated_bytes", "allocated_bytes"},
                             {"generic.heap_size", "heap_bytes"},
                             {"tcmalloc.pageheap_free_bytes", "page_heap_free_bytes"},
                             {"tcmalloc.pageheap_unmapped_bytes", "page_heap_unmapped_bytes"},
                             {"tcmalloc.central_cache_free_bytes", "central_cache_free_bytes"},
                             {"tcmalloc.transfer_cache_free_bytes", "transfer_cache_free_bytes"},
                             {"tcmalloc.current_total_thread_cache_bytes", "thread_cache_bytes"}};
  for (const Item& item : kItems) {
    size_t value = 0;
    if (g_get_property(item.key, &value) != 0) out.add(item.name, value);
  }
}

template <typename Function>
bool find(Function& pointer, const char* symbol) {
  pointer = reinterpret_cast<Function>(libc::global_symbol(symbol));
  return pointer != nullptr;
}

}  // namespace

void identify(const void* real_malloc) {
  const std::string_view file = libc::module_file(real_malloc);
  if (libc::in_libc(real_malloc)) {
    g_name = "glibc";
    g_walks_lists = true;
    find(g_mallinfo2, "mallinfo2");
  } else if (file.find("mimalloc") != std::string_view::npos) {
    g_name = "mimalloc";
  } else if (find(g_get_property, "MallocExtension_GetNumericProperty")) {
    g_name = "tcmalloc";
  } else if (find(g_mallctl, "mallctl") || find(g_mallctl, "je_mallctl")) {
    g_name = "jemalloc";
  }
}

std::string_view name() { return g_name; }

bool request(uint64_t rss_bytes) {
  constexpr uint64_t kLargestUnknown = uint64_t{1} << 30;
  const AllocatorFigures before = last();
  const uint64_t rss_before = g_rss_asked.load(std::memory_order_relaxed);
  if (before.taken_ns == 0) {
    if (g_walks_lists && rss_bytes > kLargestUnknown) return false;
  } else {
    const double growth = rss_bytes > rss_before && rss_before > 0
                              ? static_cast<double>(rss_bytes) / static_cast<double>(rss_before)
                              : 1.0;
    const double cost = static_cast<double>(before.cost_ns) * growth;
    const auto age = static_cast<double>(monotonic_ns() - before.taken_ns);
    if (cost > kNeverAboveNs || (cost > kAffordableNs && age < cost * 10'000)) return false;
  }
  g_rss_asked.store(rss_bytes, std::memory_order_relaxed);
  uint32_t idle = kIdle;
  return g_state.compare_exchange_strong(idle, kWanted) || idle == kWanted;
}

bool wanted() { return g_state.load(std::memory_order_relaxed) == kWanted; }

void answer() {
  uint32_t expected = kWanted;
  if (!g_state.compare_exchange_strong(expected, kAnswering)) return;
  InsideGuard guard(t_state);
  AllocatorFigures figures;
  const int64_t begin = thread_cpu_ns();
  if (g_mallinfo2 != nullptr) ask_glibc(figures);
  if (g_mallctl != nullptr) ask_jemalloc(figures);
  if (g_get_property != nullptr) ask_tcmalloc(figures);
  figures.taken_ns = monotonic_ns();
  figures.cost_ns = thread_cpu_ns() - begin;
  g_version.fetch_add(1, std::memory_order_acq_rel);
  g_figures = figures;
  g_version.fetch_add(1, std::memory_order_release);
  g_state.store(kIdle, std::memory_order_release);
}

AllocatorFigures last() {
  for (int tries = 0; tries < 1000; ++tries) {
    const uint32_t version = g_version.load(std::memory_order_acquire);
    AllocatorFigures copy = g_figures;
    std::atomic_thread_fence(std::memory_order_acquire);
    if ((version & 1) == 0 && g_version.load(std::memory_order_relaxed) == version) return copy;
  }
  return {};
}

void forget_after_fork() {
  if ((g_version.load() & 1) != 0) {
    g_version.store(0);
    g_figures = AllocatorFigures();
  }
  g_state.store(kIdle);
}

}  // namespace holmes::allocator
