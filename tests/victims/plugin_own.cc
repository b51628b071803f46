// A C++ library with operators of its own for plugin_own_host, built twice: HOLMES_OWN is 1 or 2.
// Both are of one size, but in the second one the operators lie elsewhere (-fno-toplevel-reorder).
#include <cstdlib>
#include <new>

namespace {
int g_made = 0;
}

#define HOLMES_GAP asm(".pushsection .text\n.skip 4096, 0xcc\n.popsection")
#if HOLMES_OWN == 2
HOLMES_GAP;
#endif

void* operator new(std::size_t size) {
  g_made += HOLMES_OWN;
  return std::malloc(size);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

// What the operator has counted for one block: HOLMES_OWN, if it was this library's.
extern "C" int plugin_own_made() {
  g_made = 0;
  ::operator delete(::operator new(64));
  return g_made;
}

#if HOLMES_OWN == 1
HOLMES_GAP;
#endif
