// One ELF file: what its headers say. Leaves symbols and DWARF to module_symbols.h.
#pragma once

#include <gelf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace holmes::cli {

struct ElfSegment {
  uint64_t offset = 0;
  uint64_t file_size = 0;
  uint64_t address = 0;  // p_vaddr
  uint64_t memory_size = 0;
  bool executable = false;
};

// Owns the descriptor and libelf's handle.
class ElfFile {
 public:
  // Throws Error when it cannot be read or is no ELF file.
  explicit ElfFile(const std::string& path);

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }
  bool is_program() const;  // ET_EXEC or ET_DYN: something that is mapped to run
  bool has_interpreter() const { return has_interpreter_; }
  bool is_native() const;  // the word size and machine of this command
  const std::string& build_id() const { return build_id_; }  // lower-case hex, "" for none
  const std::vector<ElfSegment>& segments() const { return segments_; }

  // The address in the file's own numbering (p_vaddr) of the code that is mapped from `offset` of
  // the file. A separate debug file has no bytes in its segments: `first_mapped`, the lowest offset
  // at which code of the file is mapped, then says where its executable segment begins.
  std::optional<uint64_t> address_of(uint64_t offset, uint64_t first_mapped) const;

 private:
  struct ElfEnd {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  void read_segments();
  void read_notes(const GElf_Phdr& segment);
  void read_note_sections();
  void take_notes(Elf_Data* data);

  std::string path_;
  UniqueFd fd_;
  std::unique_ptr<Elf, ElfEnd> elf_;
  GElf_Ehdr header_ = {};
  std::vector<ElfSegment> segments_;
  std::string build_id_;
  bool has_interpreter_ = false;
};

}  // namespace holmes::cli
