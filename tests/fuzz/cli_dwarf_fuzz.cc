// Symbols and DWARF of a damaged program or debug file: libdw reads them, this command asks. What
// is asked is every address of its code, so that each unit and each line table is entered.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "cli/elf_file.h"
#include "cli/error.h"
#include "cli/module_symbols.h"
#include "fuzz_input.h"

namespace {

using namespace holmes::cli;

std::vector<uint64_t> code_addresses(const ElfFile& elf) {
  constexpr uint64_t kMost = 4096;
  std::vector<uint64_t> addresses;
  for (const ElfSegment& segment : elf.segments()) {
    if (!segment.executable) continue;
    for (uint64_t at = 0; at < segment.memory_size && addresses.size() < kMost; at += 2) {
      addresses.push_back(segment.address + at);
    }
  }
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const holmes::UniqueFd file(memfd_create("damaged.so", MFD_CLOEXEC));
  if (write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  try {
    const ElfFile elf("/proc/self/fd/" + std::to_string(file.get()));
    ModuleSymbols symbols(elf);
    symbols.resolve(code_addresses(elf), Deadline(1), [](uint64_t, std::vector<Frame>) {});
  } catch (const Error&) {
  } catch (const DeadlinePassed&) {
  }
  return 0;
}
