// operator new and operator delete, all twenty.
//
// Most programs' operators are libstdc++'s, which are malloc() and free() with a new-handler; when
// those two are ours, the operators here go the same way at once. Operators that the program
// replaced are jumped to. Allocators that bring operators of their own (jemalloc, tcmalloc) do not
// pass malloc: then these count, too.
//
// Every operator takes at most three register-sized arguments (size or block, alignment or nothrow
// tag or size), so one signature serves them all; what is not there is passed on unread.
#include <cstdint>
#include <cstring>
#include <utility>

#include "capture/core.h"
#include "export.h"
#include "fast_path.h"
#include "local_operators.h"
#include "platform/libc.h"
#include "real.h"

namespace holmes {
namespace {

using New = void*(size_t, uintptr_t, uintptr_t);
using Delete = void(void*, uintptr_t, uintptr_t);

constexpr const char* kNewNames[] = {"_Znwm",
                                     "_Znam",
                                     "_ZnwmRKSt9nothrow_t",
                                     "_ZnamRKSt9nothrow_t",
                                     "_ZnwmSt11align_val_t",
                                     "_ZnamSt11align_val_t",
                                     "_ZnwmSt11align_val_tRKSt9nothrow_t",
                                     "_ZnamSt11align_val_tRKSt9nothrow_t"};
constexpr const char* kDeleteNames[] = {"_ZdlPv",
                                        "_ZdaPv",
                                        "_ZdlPvm",
                                        "_ZdaPvm",
                                        "_ZdlPvRKSt9nothrow_t",
                                        "_ZdaPvRKSt9nothrow_t",
                                        "_ZdlPvSt11align_val_t",
                                        "_ZdaPvSt11align_val_t",
                                        "_ZdlPvmSt11align_val_t",
                                        "_ZdaPvmSt11align_val_t",
                                        "_ZdlPvSt11align_val_tRKSt9nothrow_t",
                                        "_ZdaPvSt11align_val_tRKSt9nothrow_t"};
constexpr size_t kNews = std::size(kNewNames);
constexpr size_t kDeletes = std::size(kDeleteNames);
constexpr size_t kPlainNews = 4;  // from here on they take an alignment
constexpr size_t kPlainDeletes = 6;

struct Operators {
  New* news[kNews];
  Delete* deletes[kDeletes];
};
extern Operators g_operators;  // what the exported ones jump to
Operators g_next;              // an own operator of the host's allocator

// ---- The C++ runtime's operators ----------------------------------------------------------------
// The runtime's operator calls malloc, which counts again. Its tags (std::nothrow) are not looked
// at by anybody: any address does for one, and a register less is to be kept over the call of
// malloc.
template <size_t kIndex>
[[gnu::noinline]] void* direct_new_slow(size_t size) {
  t_state.bytes_left += static_cast<int64_t>(size);
  return g_next.news[kIndex](size, reinterpret_cast<uintptr_t>(&g_next), 0);
}

template <size_t kIndex>
void* direct_new(size_t size, uintptr_t, uintptr_t) {
  if (!count_down(size)) [[likely]] {
    // Of no bytes: glibc's block is one of its own, as the operator's must be.
    if (void* block = g_real.malloc(size)) [[likely]]
      return block;
  }
  return direct_new_slow<kIndex>(size);
}

template <size_t kIndex>
void direct_delete(void* block, uintptr_t, uintptr_t) {
  release(block);
}

// ---- The host's allocator has operators of its own --------------------------------------------
template <size_t kIndex>
[[gnu::noinline]] void* counted_new_slow(size_t size, uintptr_t second, uintptr_t third) {
  const Registers caller = HOLMES_CALLER_REGISTERS();
  ThreadState& state = t_state;
  const uint64_t mean = should_sample(state);
  void* block = g_next.news[kIndex](size, second, third);
  if (mean != 0) record_sampled(state, block, size, mean, caller);
  return block;
}

template <size_t kIndex>
void* counted_new(size_t size, uintptr_t second, uintptr_t third) {
  if (count_down(size)) [[unlikely]]
    return counted_new_slow<kIndex>(size, second, third);
  return g_next.news[kIndex](size, second, third);
}

// Does it pass malloc, which counts for itself? The first call with a size tells.
template <size_t kIndex>
void* probing_new(size_t size, uintptr_t second, uintptr_t third) {
  ThreadState& state = t_state;
  const int64_t before = state.bytes_left;
  void* block = g_next.news[kIndex](size, second, third);
  if (size != 0) {
    const bool counted = state.bytes_left != before;
    g_operators.news[kIndex] = counted ? g_next.news[kIndex] : &counted_new<kIndex>;
  }
  return block;
}

// Taken out of the table, and not freed yet. A function, so that its caller ends in a jump.
[[gnu::noinline]] void forget(const void* block) {
  LiveBlock old;
  forget_sampled(block, &old);
}

template <size_t kIndex>
[[gnu::noinline]] void counted_delete_slow(void* block, uintptr_t second, uintptr_t third) {
  forget(block);
  g_next.deletes[kIndex](block, second, third);
}

template <size_t kIndex>
void counted_delete(void* block, uintptr_t second, uintptr_t third) {
  // These blocks are not marked: no look at the address can spare the one at the filter.
  if (g_core.heap.may_hold(reinterpret_cast<uintptr_t>(block))) [[unlikely]] {
    return counted_delete_slow<kIndex>(block, second, third);
  }
  g_next.deletes[kIndex](block, second, third);
}

// ---- The program itself knows no operator new: a C program with C++ libraries loaded later ------
template <size_t kIndex>
void* local_new(size_t size, uintptr_t second, uintptr_t third) {
  const void* caller = __builtin_return_address(0);
  if (void* real = find_local_operator(caller, kIndex, kNewNames[kIndex])) {
    return reinterpret_cast<New*>(real)(size, second, third);
  }
  if constexpr (kIndex >= kPlainNews) return g_real.memalign(second, size);
  return g_real.malloc(size);
}

template <size_t kIndex>
void local_delete(void* block, uintptr_t second, uintptr_t third) {
  const void* caller = __builtin_return_address(0);
  if (void* real = find_local_operator(caller, kNews + kIndex, kDeleteNames[kIndex])) {
    return reinterpret_cast<Delete*>(real)(block, second, third);
  }
  release(block);
}

// ---- The first call -----------------------------------------------------------------------------
bool is_runtime_library(const void* function) {
  const char* file = libc::module_file(function);
  return std::strncmp(file, "libstdc++.", 10) == 0 || std::strncmp(file, "libc++.", 7) == 0 ||
         std::strncmp(file, "libc++abi.", 10) == 0;
}

template <typename Function>
void choose(Function*& target, Function*& next, const char* name, Function* direct,
            Function* counted, Function* local) {
  void* found = libc::next_symbol(name);
  next = reinterpret_cast<Function*>(found);
  if (found == nullptr) {
    target = local;
  } else {
    target = is_runtime_library(found) ? (direct != nullptr ? direct : next) : counted;
  }
}

template <size_t... kIndex>
void choose_news(bool direct, std::index_sequence<kIndex...>) {
  (choose(g_operators.news[kIndex], g_next.news[kIndex], kNewNames[kIndex],
          direct && kIndex < kPlainNews ? &direct_new<kIndex> : nullptr, &probing_new<kIndex>,
          &local_new<kIndex>),
   ...);
}
template <size_t... kIndex>
void choose_deletes(bool direct, std::index_sequence<kIndex...>) {
  (choose(g_operators.deletes[kIndex], g_next.deletes[kIndex], kDeleteNames[kIndex],
          direct && kIndex < kPlainDeletes ? &direct_delete<kIndex> : nullptr,
          &counted_delete<kIndex>, &local_delete<kIndex>),
   ...);
}

// Idempotent: two threads at once write the same pointers.
void choose_all() {
  // The runtime's operators would call the malloc and free of the program's scope.
  const bool direct = resolve_real_functions() && comes_first("malloc") && comes_first("free");
  choose_news(direct, std::make_index_sequence<kNews>());
  choose_deletes(direct, std::make_index_sequence<kDeletes>());
}

template <size_t kIndex>
void* first_new(size_t size, uintptr_t second, uintptr_t third) {
  choose_all();
  return g_operators.news[kIndex](size, second, third);
}
template <size_t kIndex>
void first_delete(void* block, uintptr_t second, uintptr_t third) {
  choose_all();
  g_operators.deletes[kIndex](block, second, third);
}

template <size_t... kNew, size_t... kDelete>
constexpr Operators first_operators(std::index_sequence<kNew...>, std::index_sequence<kDelete...>) {
  return {{&first_new<kNew>...}, {&first_delete<kDelete>...}};
}
constinit Operators g_operators =
    first_operators(std::make_index_sequence<kNews>(), std::make_index_sequence<kDeletes>());

}  // namespace
}  // namespace holmes

using holmes::g_operators;

// The mangled names, so that no <new> is needed here and no replacement rules apply to this
// library.
#define HOLMES_NEW(name, index)                                              \
  HOLMES_EXPORT void* name(size_t size, uintptr_t second, uintptr_t third) { \
    return g_operators.news[index](size, second, third);                     \
  }
#define HOLMES_DELETE(name, index)                                          \
  HOLMES_EXPORT void name(void* block, uintptr_t second, uintptr_t third) { \
    g_operators.deletes[index](block, second, third);                       \
  }

HOLMES_NEW(_Znwm, 0)
HOLMES_NEW(_Znam, 1)
HOLMES_NEW(_ZnwmRKSt9nothrow_t, 2)
HOLMES_NEW(_ZnamRKSt9nothrow_t, 3)
HOLMES_NEW(_ZnwmSt11align_val_t, 4)
HOLMES_NEW(_ZnamSt11align_val_t, 5)
HOLMES_NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, 6)
HOLMES_NEW(_ZnamSt11align_val_tRKSt9nothrow_t, 7)
HOLMES_DELETE(_ZdlPv, 0)
HOLMES_DELETE(_ZdaPv, 1)
HOLMES_DELETE(_ZdlPvm, 2)
HOLMES_DELETE(_ZdaPvm, 3)
HOLMES_DELETE(_ZdlPvRKSt9nothrow_t, 4)
HOLMES_DELETE(_ZdaPvRKSt9nothrow_t, 5)
HOLMES_DELETE(_ZdlPvSt11align_val_t, 6)
HOLMES_DELETE(_ZdaPvSt11align_val_t, 7)
HOLMES_DELETE(_ZdlPvmSt11align_val_t, 8)
HOLMES_DELETE(_ZdaPvmSt11align_val_t, 9)
HOLMES_DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, 10)
HOLMES_DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, 11)
