// Which function, and which functions inlined into it, an address lies in.
//
// Built for many addresses of few compilation units: a unit's functions are indexed once, where
// dwarf_getscopes() would walk the whole unit for every address.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <vector>

#include "cli/deadline.h"

namespace holmes::cli {

// The address ranges of all compilation units of a module, so that only those units are read that
// an address falls into. (Not by .debug_aranges, which clang leaves out.)
class DwarfUnits {
 public:
  // Throws DeadlinePassed.
  DwarfUnits(Dwarf* dwarf, const Deadline& deadline);
  // The offset of the unit's DIE, or 0 for none.
  Dwarf_Off find(Dwarf_Addr address) const;

 private:
  struct Range {
    Dwarf_Addr start, end;
    Dwarf_Off unit;
  };
  std::vector<Range> ranges_;
};

class UnitFunctions {
 public:
  // `unit`: the DIE of a compilation unit. Throws DeadlinePassed.
  UnitFunctions(Dwarf_Die unit, const Deadline& deadline);

  // The function first, then what is inlined at that address, from the outside in. Empty for none.
  std::vector<Dwarf_Die> path(Dwarf_Addr address) const;
  // Start of the piece of the function that holds the address.
  Dwarf_Addr start_of(Dwarf_Addr address) const;

 private:
  struct Range {
    Dwarf_Addr start, end;
    Dwarf_Die die;
  };
  void collect(Dwarf_Die* parent, int depth);
  void add(Dwarf_Die* function);
  const Range* find(Dwarf_Addr address) const;

  const Deadline& deadline_;
  unsigned visited_ = 0;
  std::vector<Range> ranges_;
};

}  // namespace holmes::cli
