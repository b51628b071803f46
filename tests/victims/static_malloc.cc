// A program that brings its own malloc inside of its executable: a preload never sees its calls.
// `start` spins a thread in spin_here; further commands echo.
#include <pthread.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "victim.h"

namespace {

constexpr size_t kAlign = 16;
constexpr size_t kArena = size_t{64} << 20;

struct Header {
  size_t size;
  size_t unused;
};

// A bump allocator that never takes anything back: enough to live on for a test.
void* bump(size_t size, size_t align) {
  static std::atomic<uintptr_t> next{0};
  uintptr_t base = next.load();
  if (base == 0) {
    void* arena = mmap(nullptr, kArena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED) return nullptr;
    if (next.compare_exchange_strong(base, reinterpret_cast<uintptr_t>(arena))) {
      base = reinterpret_cast<uintptr_t>(arena);
    }
  }
  const size_t room = sizeof(Header) + size + align;
  const uintptr_t at = next.fetch_add((room + kAlign - 1) & ~(kAlign - 1));
  const uintptr_t block = (at + sizeof(Header) + align - 1) & ~(align - 1);
  reinterpret_cast<Header*>(block - sizeof(Header))->size = size;
  return reinterpret_cast<void*>(block);
}

size_t size_of(void* block) {
  return reinterpret_cast<Header*>(reinterpret_cast<uintptr_t>(block) - sizeof(Header))->size;
}

}  // namespace

extern "C" {
void* malloc(size_t size) { return bump(size, kAlign); }
void free(void*) {}
void* calloc(size_t count, size_t size) { return bump(count * size, kAlign); }
void* memalign(size_t align, size_t size) { return bump(size, align < kAlign ? kAlign : align); }
void* aligned_alloc(size_t align, size_t size) { return memalign(align, size); }
int posix_memalign(void** out, size_t align, size_t size) {
  *out = memalign(align, size);
  return *out ? 0 : ENOMEM;
}
void* realloc(void* block, size_t size) {
  void* bigger = malloc(size);
  if (block && bigger) std::memcpy(bigger, block, size < size_of(block) ? size : size_of(block));
  return bigger;
}
}

[[gnu::noinline]] void* spin_here(void*) {
  for (volatile unsigned long turns = 0;;) {
    turns = turns + 1;
  }
}

int main() {
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    pthread_t thread;
    if (command == "start" && pthread_create(&thread, nullptr, spin_here, nullptr) != 0) return 1;
    victim::say(command);
  }
}
