// How free() tells sampled blocks from all the others, in as few instructions as can be.
//
// A block is *marked* when its address modulo 1024 is 0 or 16: one test of the address.
// On glibc a small sampled block is made so: it is asked for at that alignment, and is still
// glibc's own. One in 32 of the other blocks is marked by chance and costs a look at the filter of
// heap_profile.h. A large block is marked by nature when glibc gives it a mapping of its own (it
// begins 16 bytes into a page). While a sampled block lives that is not marked, and always with
// allocators other than glibc's, whose blocks must stay as they were asked for (sized delete finds
// its size class by the size), the filter is asked for every block: then g_mark_mask is 0.
// docs/rejected.md has the figures of both.
//
// Aligned blocks are dear to make (glibc splits a larger chunk and merges what is left), so that
// some small ones that the host has freed are kept for the next samples: 20 KiB of them at most.
// Context: malloc path. No lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/core.h"

namespace holmes {

// An address with none of these bits may be that of a sampled block. Written through atomic_ref;
// read plainly, because the compiler makes two instructions of an atomic load and a test, and one
// of these.
extern constinit uint32_t g_mark_mask [[gnu::visibility("hidden")]];

// May the block be a sampled one? False for nearly all that are not, and for none that is.
[[gnu::always_inline]] inline bool may_be_sampled(const void* block) {
  const auto address = reinterpret_cast<uintptr_t>(block);
  return (static_cast<uint32_t>(address) & g_mark_mask) == 0 && g_core.heap.may_hold(address);
}

// Called once the real functions are known. `is_glibc`: the real malloc is glibc's.
void choose_marking(bool is_glibc);

// A block to be sampled. nullptr: the allocator had none.
void* allocate_sampled(size_t size);
void* allocate_sampled_zeroed(size_t count, size_t size);
// `real`: what the host has called, memalign or aligned_alloc.
void* allocate_sampled_aligned(size_t alignment, size_t size, void* (*real)(size_t, size_t));
int posix_allocate_sampled(void** block, size_t alignment, size_t size);
// A block of `size` bytes that a realloc to be sampled has returned; perhaps moved to a marked one.
void* mark_resized(void* block, size_t size);

// Enters a block into the table, before the host has it; mean: what should_sample() returned.
void record_sampled(ThreadState& state, void* block, size_t size, uint64_t mean,
                    const Registers& caller);
// Takes it out again. False: it was not there. To be called before the real free or realloc.
bool forget_sampled(const void* block, LiveBlock* old);
// Undoes that: the realloc has failed.
void restore_sampled(const void* block, const LiveBlock& old);
// Frees a block for which may_be_sampled() says yes.
void free_sampled(void* block);

}  // namespace holmes
