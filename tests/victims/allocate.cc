// allocate [THREADS [pvalloc]]: asks for memory in every way that there is (pvalloc only where
// asked for: its blocks are glibc's under jemalloc, which cannot free them), checks what it gets,
// and holds kHeld bytes of each way in each thread (hold_malloc, hold_calloc, ...). Complains and
// ends with 1 where a block is not aligned, not zeroed, overwritten by another, or where a request
// that must be refused is not.
#include <errno.h>
#include <malloc.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

constexpr size_t kHeld = size_t{1} << 20;
constexpr int kRounds = 4;  // all but the last are freed: their blocks come back as others

[[noreturn]] void complain(const char* what, size_t size) {
  std::printf("WRONG %s of %zu bytes, errno %d\n", what, size, errno);
  std::fflush(stdout);
  std::_Exit(1);
}

void require(bool holds, const char* what, size_t size) {
  if (!holds) complain(what, size);
}

struct Block {
  unsigned char* bytes;
  size_t size;
  unsigned char mark;
};

void fill(Block& block) { std::memset(block.bytes, block.mark, block.size); }

void check(const Block& block, const char* what) {
  for (size_t i = 0; i < block.size; ++i) {
    require(block.bytes[i] == block.mark, what, block.size);
  }
}

size_t size_of(size_t number) {
  constexpr size_t kSizes[] = {1, 24, 64, 100, 500, 1000, 1024, 1500, 4096, 5000};
  return number % 100 == 99 ? 150000 : kSizes[number % 10];
}

template <typename Take>
void hold(const char* what, size_t alignment, Take take, void (*release)(void*, size_t)) {
  for (int round = 1; round <= kRounds; ++round) {
    std::vector<Block> blocks;
    for (size_t held = 0; held < kHeld; held += blocks.back().size) {
      const size_t size = std::min(size_of(blocks.size()), kHeld - held);
      // The compiler believes the functions' attributes; here they are to be proved.
      auto* volatile taken = static_cast<unsigned char*>(take(size));
      Block block{taken, size, static_cast<unsigned char>(blocks.size())};
      require(block.bytes != nullptr, what, size);
      require(reinterpret_cast<uintptr_t>(block.bytes) % alignment == 0, what, size);
      fill(block);
      blocks.push_back(block);
    }
    for (const Block& block : blocks) check(block, what);
    if (round == kRounds) return;
    for (const Block& block : blocks) release(block.bytes, block.size);
  }
}

void give_back(void* block, size_t) { std::free(block); }

// The size changes twice, the content stays.
void* resized(void* (*resize)(void*, size_t), size_t size) {
  auto* block = static_cast<unsigned char*>(resize(nullptr, size / 2 + 1));
  std::memset(block, 'a', size / 2 + 1);
  block = static_cast<unsigned char*>(resize(block, size * 3 + 1));
  block = static_cast<unsigned char*>(resize(block, size));
  for (size_t i = 0; i < size / 2; ++i) require(block[i] == 'a', "a resized block", size);
  return block;
}

}  // namespace

[[gnu::noinline]] void hold_malloc() { hold("malloc", 8, std::malloc, give_back); }

[[gnu::noinline]] void hold_calloc() {
  const auto zeroed = [](size_t size) {
    auto* block = static_cast<unsigned char*>(std::calloc(1, size));
    for (size_t i = 0; i < size; ++i) require(block[i] == 0, "calloc", size);
    return block;
  };
  hold("calloc", 8, zeroed, give_back);
}

[[gnu::noinline]] void hold_realloc() {
  hold(
      "realloc", 8, [](size_t size) { return resized(std::realloc, size); }, give_back);
}

[[gnu::noinline]] void hold_reallocarray() {
  const auto resize = [](void* block, size_t size) { return reallocarray(block, 1, size); };
  hold(
      "reallocarray", 8, [=](size_t size) { return resized(resize, size); }, give_back);
}

[[gnu::noinline]] void hold_aligned_alloc() {
  hold(
      "aligned_alloc", 64, [](size_t size) { return std::aligned_alloc(64, size); }, give_back);
}

[[gnu::noinline]] void hold_memalign() {
  hold(
      "memalign", 2048, [](size_t size) { return memalign(2048, size); }, give_back);
}

[[gnu::noinline]] void hold_posix_memalign() {
  const auto take = [](size_t size) {
    void* block = nullptr;
    return posix_memalign(&block, 256, size) == 0 ? block : nullptr;
  };
  hold("posix_memalign", 256, take, give_back);
}

[[gnu::noinline]] void hold_valloc() { hold("valloc", 4096, valloc, give_back); }

[[gnu::noinline]] void hold_pvalloc() { hold("pvalloc", 4096, pvalloc, give_back); }

[[gnu::noinline]] void hold_new() {
  const auto release = [](void* block, size_t size) { ::operator delete(block, size); };
  hold(
      "new", 8, [](size_t size) { return ::operator new(size); }, release);
}

[[gnu::noinline]] void hold_aligned_new() {
  constexpr std::align_val_t kAlignment{128};
  const auto release = [](void* block, size_t size) { ::operator delete(block, size, kAlignment); };
  hold(
      "aligned new", 128, [](size_t size) { return ::operator new(size, kAlignment); }, release);
}

// With arguments that the compiler cannot see through.
void refuse() {
  volatile size_t huge = SIZE_MAX / 2;
  volatile size_t odd = 24;
  volatile size_t small = 2;
  volatile size_t size = size_t{1} << 20;  // large enough to be sampled
  void* (*volatile resize)(void*, size_t) = std::realloc;
  void* block = &block;
  require(std::malloc(huge) == nullptr && errno == ENOMEM, "a huge malloc", huge);
  require(std::calloc(huge, 4) == nullptr && errno == ENOMEM, "an overflowing calloc", 4);
  require(reallocarray(nullptr, huge, 4) == nullptr && errno == ENOMEM,
          "an overflowing reallocarray", 4);
  require(std::aligned_alloc(64, huge) == nullptr && errno == ENOMEM, "a huge aligned_alloc", huge);
  require(posix_memalign(&block, odd, size) == EINVAL, "an odd alignment", size);
  require(posix_memalign(&block, small, size) == EINVAL, "a small alignment", size);
  require(posix_memalign(&block, 64, huge) == ENOMEM, "a huge posix_memalign", huge);
  require(block == &block, "a refused posix_memalign", 0);
  void* kept = std::malloc(100);
  std::memset(kept, 'k', 100);
  require(resize(kept, huge) == nullptr, "a huge realloc", huge);
  check({static_cast<unsigned char*>(kept), 100, 'k'}, "what a refused realloc left");
  std::free(kept);
}

int main(int argc, char** argv) {
  const bool with_pvalloc = argc > 2;
  const auto work = [=] {
    hold_malloc();
    hold_calloc();
    hold_realloc();
    hold_reallocarray();
    hold_aligned_alloc();
    hold_memalign();
    hold_posix_memalign();
    hold_valloc();
    if (with_pvalloc) hold_pvalloc();
    hold_new();
    hold_aligned_new();
    refuse();
  };
  std::vector<std::thread> threads;
  for (long i = 0; i < victim::number_argument(argc, argv, 1, 1); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  victim::ready_and_wait();
}
