// /proc/self/maps, with an ELF image at the address that the seeds name: build ids are read from
// memory.
//
// Input: two bytes, the image's size; the image; the text.
#include <sys/mman.h>

#include <algorithm>

#include "capture/mappings.h"
#include "fuzz_input.h"

namespace {

constexpr uintptr_t kImage = 0x10000000;
constexpr size_t kImageBytes = 65536;

char* image() {
  static void* memory = mmap(reinterpret_cast<void*>(kImage), kImageBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  holmes::fuzz::require(memory == reinterpret_cast<void*>(kImage));
  return static_cast<char*>(memory);
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes;
  fuzz::Input input(data, size);
  const size_t bytes = std::min<size_t>(input.number<uint16_t>(), input.size());
  // Up to the mapping's end, so that an image that is cut short ends at unmapped memory.
  std::memset(image(), 0, kImageBytes);
  std::copy_n(input.data(), bytes, image());
  std::string_view text = input.text();
  text.remove_prefix(bytes);

  Arena arena;
  MemoryMap map;
  if (!parse_memory_map(arena, text, "/usr/bin/program", map)) return 0;
  for (const Mapping& mapping : map.executable) fuzz::require(mapping.start < mapping.limit);
  for (const Region& region : map.readable) fuzz::require(region.start < region.end);
  find_region(map.readable, kImage);
  return 0;
}
