// The least that a library before malloc and free can do: it passes them on to glibc's. What it
// costs is the floor of everything that is interposed; with FORWARD_LOOKS the block's address is
// tested as well, as any free must that tells some blocks from others.
#include <cstddef>
#include <cstdint>

extern "C" {
void* __libc_malloc(size_t size);
void __libc_free(void* block);

__attribute__((visibility("default"))) void* malloc(size_t size) { return __libc_malloc(size); }

__attribute__((visibility("default"))) void free(void* block) {
#ifdef FORWARD_LOOKS
  // One block in 32, as holmes' own test; what would be done for it is left out.
  if ((reinterpret_cast<uintptr_t>(block) & 0x3ef) == 0) [[unlikely]] {
    __asm__ volatile("nop");
  }
#endif
  __libc_free(block);
}
}
