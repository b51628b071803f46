// Names and lines of one ELF file, from its symbol tables and DWARF, wherever those are on this
// machine: in the file, in .gnu_debugdata, or in a separate debug file (build id or debug link).
// Never from the network.
//
// Owns everything libdwfl has loaded of it: opening one module, asking, and closing it before the
// next keeps the memory at the size of the largest.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/deadline.h"
#include "cli/elf_file.h"

namespace holmes::cli {

struct Frame {
  std::string function;     // demangled
  std::string system_name;  // as the linker knows it
  std::string file;         // "" where lines are not known
  int64_t line = 0;
  int64_t start_line = 0;  // where the function begins; 0 where that is another file or not known
  uint64_t offset = 0;     // of the address from the start of the (outermost) function
};

class ModuleSymbols {
 public:
  // Throws Error.
  explicit ModuleSymbols(const ElfFile& file);

  // Calls `found` for each address (p_vaddr numbering) that has a name: frames innermost first.
  // Addresses must be sorted. Throws DeadlinePassed.
  using Found = std::function<void(uint64_t address, std::vector<Frame> frames)>;
  void resolve(std::span<const uint64_t> addresses, const Deadline& deadline, const Found& found);
  bool has_dwarf() const { return dwarf_ != nullptr; }

 private:
  struct DwflEnd {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  std::unique_ptr<Dwfl, DwflEnd> dwfl_;
  Dwfl_Module* module_ = nullptr;
  Dwarf* dwarf_ = nullptr;
  Dwarf_Addr bias_ = 0;  // from the DWARF's addresses to the file's
};

}  // namespace holmes::cli
