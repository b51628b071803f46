// The functions that holmes stands before, and how they are found.
//
// Each pointer starts at a function that looks all of them up and goes on to the real one, so that
// the path afterwards has no "is it initialised?" in it. dlsym() may itself allocate: what it asks
// for meanwhile comes from a small static arena, which free() and realloc() recognise by address.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>

namespace holmes {

struct RealFunctions {
  void* (*malloc)(size_t);
  void (*free)(void*);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void* (*reallocarray)(void*, size_t, size_t);
  int (*posix_memalign)(void**, size_t, size_t);
  void* (*aligned_alloc)(size_t, size_t);
  void* (*memalign)(size_t, size_t);
  void* (*valloc)(size_t);
  void* (*pvalloc)(size_t);
  size_t (*malloc_usable_size)(void*);  // nullptr: there is none
  int (*pthread_create)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  int (*thrd_create)(unsigned long*, int (*)(void*), void*);
};
// Hidden, or the compiler would go through the GOT for it: one instruction more in every malloc.
extern constinit RealFunctions g_real [[gnu::visibility("hidden")]];

// Looks everything up. False while another call is at it (a re-entry through dlsym, or another
// thread): use the arena then.
bool resolve_real_functions();

// Does the program's scope begin with ours for this function? Not where the executable, or a
// library preloaded before us, defines it. The address of the function itself would not tell: it is
// looked up in that very scope. Context: threads of the host.
bool comes_first(const char* name);

namespace bootstrap {
void* allocate(size_t bytes);  // zeroed; nullptr when it is used up
bool owns(const void* block);
size_t size_of(const void* block);
}  // namespace bootstrap

}  // namespace holmes
