#include "cli/module_symbols.h"

#include <dwarf.h>
#include <fcntl.h>

#include <cstring>
#include <map>

#include "cli/dwarf_scopes.h"
#include "cli/elf_symbols.h"
#include "cli/error.h"
#include "cli/function_names.h"

namespace holmes::cli {

namespace {

// The file is given by descriptor: there is nothing to find.
int no_elf(Dwfl_Module*, void**, const char*, Dwarf_Addr, char**, Elf**) { return -1; }

const Dwfl_Callbacks kCallbacks = {
    .find_elf = no_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};

// A relative name means: below the folder the unit was compiled in.
std::string full_path(const char* file, Dwarf_Die* unit) {
  if (file == nullptr) return {};
  Dwarf_Attribute attribute;
  const char* folder =
      file[0] == '/' ? nullptr : dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
  return folder == nullptr ? file : std::string(folder) + "/" + file;
}

// The frames of the addresses of one compilation unit.
class UnitFrames {
 public:
  UnitFrames(Dwarf* dwarf, Dwarf_Off offset, FunctionNames& names, const Deadline& deadline)
      : lines_unit_(unit_at(dwarf, offset)),
        unit_(full_unit(lines_unit_)),
        functions_(unit_, deadline),
        names_(names) {}

  std::vector<Frame> at(Dwarf_Addr address, const ElfSymbol* symbol, uint64_t symbol_offset) {
    std::vector<Frame> frames;
    std::vector<Dwarf_Die> path = functions_.path(address);
    if (path.empty()) return frames;
    const uint64_t offset = symbol ? symbol_offset : address - functions_.start_of(address);
    Place place = line_of(address);
    for (size_t i = path.size(); i-- > 0;) {
      const FunctionName name = names_.of(&path[i], i == 0 && symbol ? symbol->name : nullptr);
      frames.push_back({name.shown, name.system, place.file, place.line, 0, offset});
      frames.back().start_line = start_line(&path[i], place.file);
      place = caller_of(&path[i]);
    }
    return frames;
  }

 private:
  struct Place {
    std::string file;
    int64_t line = 0;
  };

  static Dwarf_Die unit_at(Dwarf* dwarf, Dwarf_Off offset) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf, offset, &die) == nullptr) throw Error("damaged DWARF");
    return die;
  }
  // Split DWARF keeps lines in the skeleton and functions in another file.
  static Dwarf_Die full_unit(Dwarf_Die unit) {
    Dwarf_Die split;
    uint8_t type = 0;
    if (dwarf_cu_info(unit.cu, nullptr, &type, nullptr, &split, nullptr, nullptr, nullptr) == 0 &&
        type == DW_UT_skeleton && dwarf_tag(&split) == DW_TAG_compile_unit) {
      return split;
    }
    return unit;
  }
  Place line_of(Dwarf_Addr address) {
    Dwarf_Line* line = dwarf_getsrc_die(&lines_unit_, address);
    if (line == nullptr) return {};
    int number = 0;
    dwarf_lineno(line, &number);
    return {full_path(dwarf_linesrc(line, nullptr, nullptr), &lines_unit_), number};
  }
  Place caller_of(Dwarf_Die* inlined) {
    Place place;
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &value) == 0) {
      place.line = static_cast<int64_t>(value);
    }
    Dwarf_Files* files = nullptr;
    size_t count = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &value) == 0 &&
        dwarf_getsrcfiles(&unit_, &files, &count) == 0 && value < count) {
      place.file = full_path(dwarf_filesrc(files, value, nullptr, nullptr), &lines_unit_);
    }
    return place;
  }
  int64_t start_line(Dwarf_Die* function, const std::string& file) {
    int line = 0;
    if (file.empty() || dwarf_decl_line(function, &line) != 0) return 0;
    return full_path(dwarf_decl_file(function), &lines_unit_) == file ? line : 0;
  }

  Dwarf_Die lines_unit_;
  Dwarf_Die unit_;
  UnitFunctions functions_;
  FunctionNames& names_;
};

Frame symbol_frame(const ElfSymbol& symbol, uint64_t address) {
  Frame frame;
  frame.system_name = symbol.name;
  frame.function =
      strncmp(symbol.name, "_Z", 2) == 0 ? demangle(symbol.name) : without_version(symbol.name);
  frame.offset = address - symbol.start;
  return frame;
}

}  // namespace

ModuleSymbols::ModuleSymbols(const ElfFile& file) : dwfl_(dwfl_begin(&kCallbacks)) {
  if (!dwfl_) throw Error(std::string("libdwfl: ") + dwfl_errmsg(-1));
  UniqueFd fd(fcntl(file.fd(), F_DUPFD_CLOEXEC, 3));
  const char* path = file.path().c_str();
  // Base 0 with the file's own p_vaddr: look-ups are in the file's numbering, and one opened module
  // serves every place it is mapped at.
  module_ = dwfl_report_elf(dwfl_.get(), path, path, fd.get(), 0, true);
  if (module_ == nullptr) throw Error(file.path() + ": " + dwfl_errmsg(-1));
  fd.release();  // libdwfl closes it
  dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  dwarf_ = dwfl_module_getdwarf(module_, &bias_);
}

void ModuleSymbols::resolve(std::span<const uint64_t> addresses, const Deadline& deadline,
                            const Found& found) {
  const ElfSymbols symbols(module_);
  std::map<Dwarf_Off, std::vector<uint64_t>> by_unit;  // 0: no DWARF
  if (dwarf_ != nullptr) {
    const DwarfUnits units(dwarf_, deadline);
    for (const uint64_t address : addresses) {
      by_unit[units.find(address - bias_)].push_back(address);
    }
  } else {
    by_unit[0].assign(addresses.begin(), addresses.end());
  }
  FunctionNames names;
  for (const auto& [unit, members] : by_unit) {
    std::unique_ptr<UnitFrames> frames_of;
    if (unit != 0) frames_of = std::make_unique<UnitFrames>(dwarf_, unit, names, deadline);
    for (const uint64_t address : members) {
      if (deadline.passed()) throw DeadlinePassed();
      const ElfSymbol* symbol = symbols.find(address);
      std::vector<Frame> frames;
      if (frames_of) {
        frames = frames_of->at(address - bias_, symbol, symbol ? address - symbol->start : 0);
      }
      if (frames.empty() && symbol != nullptr) frames.push_back(symbol_frame(*symbol, address));
      if (!frames.empty()) found(address, std::move(frames));
    }
  }
}

}  // namespace holmes::cli
