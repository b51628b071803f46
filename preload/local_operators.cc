#include "local_operators.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "platform/libc.h"

namespace holmes {
namespace {

// What an operator is for the code on a page. An entry is taken once and stays until a library is
// unloaded. While its library's code calls the operator, neither of them can be unloaded: what is
// read of an entry may be out of date for other libraries only, and then its key is another.
struct Entry {
  std::atomic<uintptr_t> key;  // the page's address and the operator's number
  std::atomic<void*> function;
};
constexpr uintptr_t kFree = 0;
constexpr uintptr_t kTaken = 1;  // by a thread that is filling it in
constexpr unsigned kFirstNumber = 2;
constexpr uintptr_t kPage = 4096;

template <size_t kEntries>
class Table {
 public:
  void* find(uintptr_t page, unsigned number) const {
    const Entry& entry = entries_[index(page, number)];
    const uintptr_t key = page + number + kFirstNumber;
    if (entry.key.load(std::memory_order_acquire) != key) return nullptr;
    void* function = entry.function.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    return entry.key.load(std::memory_order_relaxed) == key ? function : nullptr;
  }

  void keep(uintptr_t page, unsigned number, void* function) {
    Entry& entry = entries_[index(page, number)];
    uintptr_t free = kFree;
    if (!entry.key.compare_exchange_strong(free, kTaken)) return;
    entry.function.store(function, std::memory_order_relaxed);
    entry.key.store(page + number + kFirstNumber, std::memory_order_release);
  }

  void forget() {
    for (Entry& entry : entries_) {
      uintptr_t key = entry.key.load(std::memory_order_relaxed);
      // One that is being filled in is of a library whose code is running.
      if (key != kTaken) entry.key.compare_exchange_strong(key, kFree);
    }
  }

 private:
  static size_t index(uintptr_t page, unsigned number) {
    return (page / kPage + number) % kEntries;
  }

  Entry entries_[kEntries];
};

// A library's code is on many pages, and not all of them may find a free entry. Its first page
// stands for the whole, but to learn which one that is takes longer than all the rest.
constinit Table<256> g_by_page{};
constinit Table<64> g_by_library{};

// nullptr: what comes next in the program's own scope, which begins with ours.
void* ask_loader(const void* caller, const char* name) {
  void* found = libc::symbol_for_caller(caller, name);
  return found == nullptr || libc::same_module(found, &g_by_page) ? nullptr : found;
}

}  // namespace

void* find_local_operator(const void* caller, unsigned number, const char* name) {
  const auto address = reinterpret_cast<uintptr_t>(caller);
  const uintptr_t page = address / kPage * kPage;
  if (void* function = g_by_page.find(page, number)) return function;
  libc::Module module;
  const bool is_told = libc::find_module(address, module);  // never before glibc 2.35
  void* function = is_told ? g_by_library.find(module.start, number) : nullptr;
  if (function == nullptr) {
    function = ask_loader(caller, name);
    if (function == nullptr) return libc::next_symbol(name);
    if (is_told) g_by_library.keep(module.start, number, function);
  }
  g_by_page.keep(page, number, function);
  return function;
}

void forget_local_operators() {
  g_by_page.forget();
  g_by_library.forget();
}

}  // namespace holmes
