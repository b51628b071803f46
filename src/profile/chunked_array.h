// An array that grows without moving and without a lock.
//
// Invariants:
//   1. Index 0 is never handed out: it means "none".
//   2. An element's address never changes; memory comes zeroed from the kernel, chunk k holding
//      (1 << (base_log2 + k)) elements, so that an empty table costs a page and a large one few
//      maps.
//   3. Chunks are mapped in their order, so that all up to size() can be looked at.
//   4. Indices, not pointers: the array could live in a shared mapping.
// Context: malloc path, signal handler, monitor thread. Lock-free; mmap() once per chunk.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/arena.h"

namespace holmes {

template <typename T, unsigned base_log2, unsigned max_chunks>
class ChunkedArray {
 public:
  // The next free index, or 0 when memory or the index space has run out.
  uint32_t allocate() {
    if (next_.load(std::memory_order_relaxed) >= capacity()) return 0;
    const uint32_t index = next_.fetch_add(1, std::memory_order_relaxed) + 1;
    const Place place = locate(index);
    if (place.chunk < max_chunks && ensure(place.chunk)) return index;
    // Given back only while it is the last: the next one may be somebody's already, who found
    // memory again, and would be handed out a second time.
    uint32_t last = index;
    next_.compare_exchange_strong(last, index - 1, std::memory_order_relaxed);
    return 0;
  }

  // `index` must have come from allocate(), by whatever thread.
  T& at(uint32_t index) const {
    const Place place = locate(index);
    return chunks_[place.chunk].load(std::memory_order_acquire)[place.offset];
  }

  // Indices 1 … size() have been handed out and are mapped; an element may still be being filled
  // in.
  uint32_t size() const {
    uint32_t count = next_.load(std::memory_order_acquire);
    if (count > capacity()) count = capacity();
    while (count > 0) {
      const Place place = locate(count);
      if (is_mapped(place.chunk)) break;
      count -= place.offset + 1;  // to the end of the chunk before
    }
    return count;
  }
  static constexpr uint32_t capacity() { return ((1u << max_chunks) - 1) << base_log2; }

  // Gives the memory back. Nobody else may use the array meanwhile.
  void clear() {
    for (unsigned k = 0; k < max_chunks; ++k) {
      unmap_pages(chunks_[k].exchange(nullptr), sizeof(T) << (base_log2 + k));
    }
    next_.store(0);
  }

 private:
  struct Place {
    unsigned chunk;
    uint32_t offset;
  };
  // Index i - 1 + 2^base has its top bit at base + chunk; the rest of it is the offset.
  static Place locate(uint32_t index) {
    const uint32_t shifted = index - 1 + (1u << base_log2);
    const unsigned top = 31u - static_cast<unsigned>(std::countl_zero(shifted));
    return {top - base_log2, shifted - (1u << top)};
  }
  bool is_mapped(unsigned chunk) const {
    return chunks_[chunk].load(std::memory_order_acquire) != nullptr;
  }
  bool ensure(unsigned chunk) {
    if (is_mapped(chunk)) return true;
    for (unsigned k = 0; k <= chunk; ++k) {
      if (!is_mapped(k) && !map(k)) return false;
    }
    return true;
  }
  bool map(unsigned chunk) {
    const size_t bytes = sizeof(T) << (base_log2 + chunk);
    T* fresh = static_cast<T*>(map_pages(bytes));
    if (fresh == nullptr) return false;
    T* expected = nullptr;
    if (!chunks_[chunk].compare_exchange_strong(expected, fresh)) unmap_pages(fresh, bytes);
    return true;
  }

  std::atomic<uint32_t> next_{0};
  std::atomic<T*> chunks_[max_chunks] = {};
};

}  // namespace holmes
