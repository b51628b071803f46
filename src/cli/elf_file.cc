#include "cli/elf_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>

#include "cli/error.h"

namespace holmes::cli {

namespace {

constexpr uint64_t kPage = 4096;

std::string hex(const char* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

UniqueFd open_regular(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  if (!fd.valid()) throw Error("cannot open " + path + ": " + errno_text(errno));
  if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    throw Error(path + " is not a regular file");
  }
  return fd;
}

}  // namespace

ElfFile::ElfFile(const std::string& path) : path_(path), fd_(open_regular(path)) {
  elf_version(EV_CURRENT);
  elf_.reset(elf_begin(fd_.get(), ELF_C_READ_MMAP_PRIVATE, nullptr));
  if (!elf_ || elf_kind(elf_.get()) != ELF_K_ELF || gelf_getehdr(elf_.get(), &header_) == nullptr) {
    throw Error(path + " is not an ELF file");
  }
  read_segments();
  if (build_id_.empty()) read_note_sections();
}

bool ElfFile::is_program() const { return header_.e_type == ET_EXEC || header_.e_type == ET_DYN; }

bool ElfFile::is_native() const {
#if defined(__x86_64__)
  constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
  constexpr int kMachine = EM_AARCH64;
#else
#error "name the machine of this architecture"
#endif
  constexpr int kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  return header_.e_machine == kMachine && header_.e_ident[EI_CLASS] == kClass;
}

void ElfFile::read_segments() {
  size_t count = 0;
  if (elf_getphdrnum(elf_.get(), &count) != 0) return;
  for (size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_.get(), static_cast<int>(i), &segment) == nullptr) continue;
    if (segment.p_type == PT_INTERP) has_interpreter_ = true;
    if (segment.p_type == PT_NOTE) read_notes(segment);
    if (segment.p_type != PT_LOAD) continue;
    segments_.push_back({segment.p_offset, segment.p_filesz, segment.p_vaddr, segment.p_memsz,
                         (segment.p_flags & PF_X) != 0});
  }
}

void ElfFile::read_notes(const GElf_Phdr& segment) {
  take_notes(elf_getdata_rawchunk(elf_.get(), static_cast<int64_t>(segment.p_offset),
                                  segment.p_filesz,
                                  segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR));
}

// Separate debug files keep the note's section, while their segment may point nowhere.
void ElfFile::read_note_sections() {
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf_.get(), section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_NOTE) continue;
    take_notes(elf_getdata(section, nullptr));
  }
}

void ElfFile::take_notes(Elf_Data* data) {
  if (data == nullptr || data->d_buf == nullptr) return;
  const char* bytes = static_cast<const char*>(data->d_buf);
  GElf_Nhdr note;
  size_t name_at = 0;
  size_t value_at = 0;
  for (size_t at = 0; (at = gelf_getnote(data, at, &note, &name_at, &value_at)) > 0;) {
    const bool gnu = note.n_namesz == 4 && std::string_view(bytes + name_at, 3) == "GNU";
    if (gnu && note.n_type == NT_GNU_BUILD_ID) build_id_ = hex(bytes + value_at, note.n_descsz);
  }
}

std::optional<uint64_t> ElfFile::address_of(uint64_t offset, uint64_t first_mapped) const {
  for (const ElfSegment& segment : segments_) {
    if (!segment.executable) continue;
    if (segment.file_size == 0) {
      const uint64_t address = (segment.address & ~(kPage - 1)) + (offset - first_mapped);
      if (address < segment.address + segment.memory_size) return address;
      continue;
    }
    // Mapped in whole pages.
    const uint64_t first = segment.offset & ~(kPage - 1);
    const uint64_t end = (segment.offset + segment.file_size + kPage - 1) & ~(kPage - 1);
    if (first <= offset && offset < end) return segment.address - segment.offset + offset;
  }
  return {};
}

}  // namespace holmes::cli
