#include "cli/dwarf_scopes.h"

#include <dwarf.h>

#include <algorithm>

namespace holmes::cli {

namespace {

// Deeper than any program; a damaged tree must not use up the stack.
constexpr int kMaxDepth = 200;
// Damaged sibling references can go in circles: the clock ends them.
constexpr unsigned kVisitsPerLook = 1024;

template <typename Visit>
void for_each_range(Dwarf_Die* die, Visit visit) {
  Dwarf_Addr base = 0;
  Dwarf_Addr start = 0;
  Dwarf_Addr end = 0;
  for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &start, &end)) > 0;) {
    if (start < end && start != 0) visit(start, end);
  }
}

template <typename Range>
void sort_by_start(std::vector<Range>& ranges) {
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const Range& a, const Range& b) { return a.start < b.start; });
}

bool is_block(int tag) {
  return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block ||
         tag == DW_TAG_with_stmt;
}

// Appends the inlined functions below `parent` that hold the address; false when there are none.
bool descend(Dwarf_Die* parent, Dwarf_Addr address, int depth, std::vector<Dwarf_Die>& path) {
  Dwarf_Die child;
  if (depth > kMaxDepth || dwarf_child(parent, &child) != 0) return false;
  do {
    const int tag = dwarf_tag(&child);
    const bool inlined = tag == DW_TAG_inlined_subroutine;
    if (!inlined && !is_block(tag)) continue;
    const bool has_range = dwarf_haspc(&child, address) > 0;
    if (inlined && has_range) path.push_back(child);
    // A block may lack addresses of its own while what is inlined in it has some.
    const bool below = (has_range || !inlined) && descend(&child, address, depth + 1, path);
    if (has_range || below) return true;
  } while (dwarf_siblingof(&child, &child) == 0);
  return false;
}

}  // namespace

DwarfUnits::DwarfUnits(Dwarf* dwarf, const Deadline& deadline) {
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  uint8_t type = 0;
  for (unsigned i = 1; dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &die, nullptr) == 0;
       ++i) {
    if (i % kVisitsPerLook == 0 && deadline.passed()) throw DeadlinePassed();
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    const Dwarf_Off offset = dwarf_dieoffset(&die);
    for_each_range(&die, [&](Dwarf_Addr start, Dwarf_Addr end) {
      ranges_.push_back({start, end, offset});
    });
  }
  sort_by_start(ranges_);
}

Dwarf_Off DwarfUnits::find(Dwarf_Addr address) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](Dwarf_Addr a, const Range& b) { return a < b.start; });
  if (after == ranges_.begin() || address >= (after - 1)->end) return 0;
  return (after - 1)->unit;
}

UnitFunctions::UnitFunctions(Dwarf_Die unit, const Deadline& deadline) : deadline_(deadline) {
  collect(&unit, 0);
  sort_by_start(ranges_);
}

void UnitFunctions::collect(Dwarf_Die* parent, int depth) {
  Dwarf_Die child;
  if (depth > kMaxDepth || dwarf_child(parent, &child) != 0) return;
  do {
    if (++visited_ % kVisitsPerLook == 0 && deadline_.passed()) throw DeadlinePassed();
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_subprogram) add(&child);
    if (tag != DW_TAG_enumeration_type && dwarf_haschildren(&child) > 0) collect(&child, depth + 1);
  } while (dwarf_siblingof(&child, &child) == 0);
}

void UnitFunctions::add(Dwarf_Die* function) {
  for_each_range(function, [&](Dwarf_Addr start, Dwarf_Addr end) {
    ranges_.push_back({start, end, *function});
  });
}

const UnitFunctions::Range* UnitFunctions::find(Dwarf_Addr address) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](Dwarf_Addr a, const Range& b) { return a < b.start; });
  if (after == ranges_.begin() || address >= (after - 1)->end) return nullptr;
  return &*(after - 1);
}

std::vector<Dwarf_Die> UnitFunctions::path(Dwarf_Addr address) const {
  std::vector<Dwarf_Die> dies;
  const Range* range = find(address);
  if (range == nullptr) return dies;
  dies.push_back(range->die);
  Dwarf_Die function = range->die;
  descend(&function, address, 0, dies);
  return dies;
}

Dwarf_Addr UnitFunctions::start_of(Dwarf_Addr address) const {
  const Range* range = find(address);
  return range == nullptr ? address : range->start;
}

}  // namespace holmes::cli
