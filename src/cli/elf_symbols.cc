#include "cli/elf_symbols.h"

#include <algorithm>
#include <cstring>

namespace holmes::cli {

namespace {

bool is_code(const GElf_Sym& symbol) {
  const int type = GELF_ST_TYPE(symbol.st_info);
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS) return false;
  // NOTYPE: functions written in assembly, such as _start.
  return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

// What a person would call it: malloc rather than __libc_malloc, a function rather than a label.
int rank_of(const GElf_Sym& symbol, const char* name) {
  int rank = GELF_ST_TYPE(symbol.st_info) == STT_NOTYPE ? 0 : 8;
  if (symbol.st_size != 0) rank += 4;
  if (GELF_ST_BIND(symbol.st_info) != STB_LOCAL) rank += 2;
  if (name[0] != '_' || strncmp(name, "_Z", 2) == 0) rank += 1;
  return rank;
}

}  // namespace

ElfSymbols::ElfSymbols(Dwfl_Module* module) {
  const int count = dwfl_module_getsymtab(module);
  for (int i = 1; i < count; ++i) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    const char* name =
        dwfl_module_getsym_info(module, i, &symbol, &address, nullptr, nullptr, nullptr);
    if (name == nullptr || name[0] == '\0' || address == 0 || !is_code(symbol)) continue;
    symbols_.push_back({address, symbol.st_size, name, rank_of(symbol, name)});
    longest_ = std::max(longest_, symbol.st_size);
  }
  std::sort(symbols_.begin(), symbols_.end(), [](const ElfSymbol& a, const ElfSymbol& b) {
    return a.start != b.start ? a.start < b.start : a.rank < b.rank;
  });
}

const ElfSymbol* ElfSymbols::find(uint64_t address) const {
  auto after = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                                [](uint64_t a, const ElfSymbol& b) { return a < b.start; });
  const ElfSymbol* open_ended = nullptr;  // the nearest one without a size
  while (after != symbols_.begin()) {
    const ElfSymbol& symbol = *--after;
    const uint64_t distance = address - symbol.start;
    if (distance < symbol.size) return &symbol;
    // A symbol without a size ends where the next begins, whichever that is.
    const bool nearest = after + 1 == symbols_.end() || (after + 1)->start > address;
    if (symbol.size == 0 && nearest && open_ended == nullptr) open_ended = &symbol;
    if (distance >= longest_) break;
  }
  return open_ended;
}

}  // namespace holmes::cli
