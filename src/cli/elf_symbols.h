// The function symbols of a module, sorted once: libdwfl's own look-up walks all of them for every
// address.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <vector>

namespace holmes::cli {

struct ElfSymbol {
  uint64_t start = 0;
  uint64_t size = 0;  // 0: up to the next symbol
  const char* name = nullptr;
  int rank = 0;  // of several for the same address the highest is shown
};

// Symbols of .symtab (its own or of the debug file), .dynsym and .gnu_debugdata. Valid as long as
// the module is open.
class ElfSymbols {
 public:
  explicit ElfSymbols(Dwfl_Module* module);
  const ElfSymbol* find(uint64_t address) const;

 private:
  std::vector<ElfSymbol> symbols_;
  uint64_t longest_ = 0;
};

}  // namespace holmes::cli
