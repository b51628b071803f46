#include "local_operators.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "platform/libc.h"

namespace holmes {
namespace {

// An entry is taken once and stays until a library is unloaded. While its library's code calls the
// operator, neither of them can be unloaded: what is read of an entry may be out of date for other
// libraries only, and then its key is another.
struct Entry {
  std::atomic<uintptr_t> key;  // the library's start, a page's, and the operator's number
  std::atomic<void*> function;
};
constexpr uintptr_t kFree = 0;
constexpr uintptr_t kTaken = 1;  // by a thread that is filling it in
constexpr unsigned kFirstNumber = 2;
constexpr size_t kEntries = 64;
constinit Entry g_entries[kEntries];

void* known_function(const Entry& entry, uintptr_t key) {
  if (entry.key.load(std::memory_order_acquire) != key) return nullptr;
  void* function = entry.function.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  return entry.key.load(std::memory_order_relaxed) == key ? function : nullptr;
}

void keep(Entry& entry, uintptr_t key, void* function) {
  uintptr_t free = kFree;
  if (!entry.key.compare_exchange_strong(free, kTaken)) return;
  entry.function.store(function, std::memory_order_relaxed);
  entry.key.store(key, std::memory_order_release);
}

}  // namespace

void* find_local_operator(const void* caller, unsigned number, const char* name) {
  libc::Module module;
  const bool known = libc::find_module(reinterpret_cast<uintptr_t>(caller), module);
  const uintptr_t key = module.start + number + kFirstNumber;
  Entry& entry = g_entries[(module.start / 4096 + number) % kEntries];
  if (known) {
    if (void* function = known_function(entry, key)) return function;
  }
  void* found = libc::symbol_for_caller(caller, name);
  // The program's own scope begins with ours.
  if (found == nullptr || libc::same_module(found, g_entries)) return libc::next_symbol(name);
  if (known) keep(entry, key, found);
  return found;
}

void forget_local_operators() {
  for (Entry& entry : g_entries) {
    uintptr_t key = entry.key.load(std::memory_order_relaxed);
    // One that is being filled in is of a library whose code is running.
    if (key != kTaken) entry.key.compare_exchange_strong(key, kFree);
  }
}

}  // namespace holmes
