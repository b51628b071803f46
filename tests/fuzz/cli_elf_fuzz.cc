// A damaged program or library: what the symbolizer reads of it itself. (DWARF is libdw's to read;
// it runs in a process of its own, whose death costs names and nothing else.)
#include <sys/mman.h>
#include <unistd.h>

#include "cli/elf_file.h"
#include "cli/error.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes::cli;
  const holmes::UniqueFd file(memfd_create("damaged.so", MFD_CLOEXEC));
  if (write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  try {
    const ElfFile elf("/proc/self/fd/" + std::to_string(file.get()));
    elf.is_program();
    elf.is_native();
    for (const ElfSegment& segment : elf.segments()) {
      elf.address_of(segment.offset, 0);
      elf.address_of(segment.offset + segment.file_size, 4096);
    }
  } catch (const Error&) {
  }
  return 0;
}
