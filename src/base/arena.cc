#include "base/arena.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr size_t kChunkBytes = size_t{256} << 10;
constexpr size_t kPage = 4096;

constexpr size_t round_up(size_t value, size_t to) { return (value + to - 1) & ~(to - 1); }

}  // namespace

void* map_pages(size_t bytes) {
  const long address = sys::call(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address < 0 && address > -4096) return nullptr;
  return reinterpret_cast<void*>(address);
}

void unmap_pages(void* address, size_t bytes) {
  if (address != nullptr) sys::call(SYS_munmap, address, bytes);
}

void* Arena::allocate(size_t bytes) {
  bytes = round_up(bytes == 0 ? 1 : bytes, 16);
  if (chunks_ == nullptr || chunks_->bytes - used_ < bytes) {
    const size_t need = round_up(bytes + round_up(sizeof(Chunk), 16), kPage);
    const size_t size = need > kChunkBytes ? need : kChunkBytes;
    auto* chunk = static_cast<Chunk*>(map_pages(size));
    if (chunk == nullptr) return nullptr;
    chunk->next = chunks_;
    chunk->bytes = size;
    chunks_ = chunk;
    used_ = round_up(sizeof(Chunk), 16);
    mapped_ += size;
  }
  void* memory = reinterpret_cast<char*>(chunks_) + used_;
  used_ += bytes;
  return memory;
}

void Arena::clear() {
  while (chunks_ != nullptr) {
    Chunk* next = chunks_->next;
    unmap_pages(chunks_, chunks_->bytes);
    chunks_ = next;
  }
  used_ = 0;
  mapped_ = 0;
}

}  // namespace holmes
