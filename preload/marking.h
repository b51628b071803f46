// How free() tells sampled blocks from all the others, in as few instructions as can be.
//
// A block is *marked* when its address modulo 4096 is 0 or 16: one test of the address. On glibc a small
// sampled block is made so: it is asked for at page alignment. It is still glibc's own block; the price
// is up to a page per sample. One in 128 of the other blocks is marked by chance and costs a look at
// the filter of heap_profile.h. A large block is left where it is: 16 bytes into a mapping of its own,
// which is marked, or, in programs that free and ask for large blocks again and again, in the middle of
// the heap. While blocks of that sort are sampled, and with allocators other than glibc's, whose blocks
// must stay as they were asked for (sized delete finds its size class by the size), `g_free` leads to a
// look at the filter for every block. docs/rejected.md has the figures of both.
// Context: malloc path.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holmes {

inline constexpr uintptr_t kMarkMask = 0xfef;
[[gnu::always_inline]] inline bool is_marked(const void* block) {
  return (reinterpret_cast<uintptr_t>(block) & kMarkMask) == 0;
}

// What free() and realloc() go on to with a block that is not marked: the real function, or a look at
// the filter.
using FreeFunction = void (*)(void*);
using ReallocFunction = void* (*)(void*, size_t);
extern constinit FreeFunction g_free [[gnu::visibility("hidden")]];
extern constinit ReallocFunction g_realloc [[gnu::visibility("hidden")]];
// In malloc.cc: resizes a block that may be sampled, for the caller of its caller.
void* realloc_filtered(void* block, size_t size);

// Called once the real functions are known. `is_glibc`: the real malloc is glibc's.
void choose_marking(bool is_glibc);

bool must_mark();

// A block to be sampled. nullptr: the allocator had none.
void* allocate_sampled(size_t size);
void* allocate_sampled_zeroed(size_t count, size_t size);
// `real`: what the host has called, memalign or aligned_alloc.
void* allocate_sampled_aligned(size_t alignment, size_t size, void* (*real)(size_t, size_t));
// A block of `size` bytes that a realloc to be sampled has returned; perhaps moved to a marked one.
void* mark_resized(void* block, size_t size);

// `block` is about to be entered into the table. Unmarked ones lead free() through the filter until none
// has been sampled for a while.
void before_record(const void* block);

}  // namespace holmes
