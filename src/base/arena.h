// Memory straight from the kernel, so that holmes never touches the host's allocator.
//
// `Pages` owns one anonymous mapping. `Arena` hands out pieces of a few mappings and gives all of
// them back at once; it is what a dump works in.
// Context: monitor thread, constructor. `map_pages` alone may run anywhere (one system call).
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

namespace holmes {

// Zeroed private pages, or nullptr. Never MAP_POPULATE: pages cost memory once they are touched.
void* map_pages(size_t bytes);
void unmap_pages(void* address, size_t bytes);

class Arena {
 public:
  Arena() = default;
  ~Arena() { clear(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Zeroed memory aligned to 16, or nullptr when the kernel gives none.
  void* allocate(size_t bytes);

  // An array of `count` default-made Ts, or an empty span. T needs no destructor.
  template <typename T>
  std::span<T> array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count > SIZE_MAX / sizeof(T)) return {};
    void* memory = allocate(count * sizeof(T));
    if (memory == nullptr) return {};
    T* first = static_cast<T*>(memory);
    for (size_t i = 0; i < count; ++i) new (first + i) T();
    return {first, count};
  }

  // Gives every page back to the kernel. What was handed out is gone.
  void clear();
  size_t mapped_bytes() const { return mapped_; }

 private:
  struct Chunk {
    Chunk* next;
    size_t bytes;
  };
  Chunk* chunks_ = nullptr;
  size_t used_ = 0;  // of the first chunk
  size_t mapped_ = 0;
};

}  // namespace holmes
