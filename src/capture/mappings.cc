#include "capture/mappings.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "base/slice.h"
#include "base/text.h"
#include "capture/memory_copy.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

struct Line {
  uintptr_t start = 0;
  uintptr_t end = 0;
  bool readable = false;
  bool executable = false;
  uint64_t offset = 0;
  std::string_view file;
};

uint64_t take_hex(std::string_view& text) {
  uint64_t value = 0;
  while (!text.empty()) {
    const char c = text.front();
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      break;
    }
    value = value << 4 | digit;
    text.remove_prefix(1);
  }
  return value;
}

void skip_word(std::string_view& text) {
  while (!text.empty() && text.front() != ' ') text.remove_prefix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// 55d0c0ffe000-55d0c0fff000 r-xp 00001000 fe:00 1234    /usr/bin/program (deleted)
bool parse_line(std::string_view text, Line& line) {
  line.start = take_hex(text);
  if (text.empty() || text.front() != '-') return false;
  text.remove_prefix(1);
  line.end = take_hex(text);
  skip_word(text);
  if (text.size() < 4) return false;
  line.readable = text[0] == 'r';
  line.executable = text[2] == 'x';
  skip_word(text);
  line.offset = take_hex(text);
  skip_word(text);
  skip_word(text);
  skip_word(text);
  constexpr std::string_view kDeleted = " (deleted)";
  if (text.ends_with(kDeleted)) text.remove_suffix(kDeleted.size());
  line.file = text;
  return line.start < line.end;
}

template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    Line line;
    if (parse_line(first(text, end), line)) visit(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The GNU build id among the notes of an ELF image mapped at `base`.
FixedString<64> build_id_at(uintptr_t base) {
  Elf64_Ehdr header;
  if (copy_memory(base, &header, sizeof header) != sizeof header) return {};
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phnum > 64) return {};
  Elf64_Phdr programs[64];
  const size_t bytes = header.e_phnum * sizeof programs[0];
  if (copy_memory(base + header.e_phoff, programs, bytes) != bytes) return {};
  uintptr_t bias = base;
  for (size_t i = 0; i < header.e_phnum; ++i) {
    if (programs[i].p_type == PT_LOAD && programs[i].p_offset == 0)
      bias = base - programs[i].p_vaddr;
  }
  for (size_t i = 0; i < header.e_phnum; ++i) {
    if (programs[i].p_type != PT_NOTE) continue;
    alignas(4) char notes[1024];
    const size_t size = copy_memory(bias + programs[i].p_vaddr, notes,
                                    std::min(sizeof notes, size_t{programs[i].p_filesz}));
    for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= size;) {
      Elf64_Nhdr note;
      std::memcpy(&note, notes + at, sizeof note);
      const size_t name = at + sizeof note;
      const size_t value = name + ((note.n_namesz + 3u) & ~size_t{3});
      const size_t next = value + ((note.n_descsz + 3u) & ~size_t{3});
      if (next > size || next <= at) break;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          std::memcmp(notes + name, "GNU", 4) == 0 && note.n_descsz <= 32) {
        TextBuffer<64> hex;
        for (size_t i2 = 0; i2 < note.n_descsz; ++i2) {
          const auto byte = static_cast<unsigned char>(notes[value + i2]);
          hex.hex(byte >> 4).hex(byte & 15);
        }
        return FixedString<64>(hex.view());
      }
      at = next;
    }
  }
  return {};
}

std::string_view read_maps(Arena& arena) {
  size_t capacity = size_t{256} << 10;
  for (;;) {
    const auto buffer = arena.array<char>(capacity);
    if (buffer.empty()) return {};
    const long size = read_file("/proc/self/maps", buffer);
    if (size <= 0) return {};
    if (static_cast<size_t>(size) < capacity) return {buffer.data(), static_cast<size_t>(size)};
    capacity *= 4;
  }
}

}  // namespace

bool parse_memory_map(Arena& arena, std::string_view text, std::string_view program,
                      MemoryMap& map) {
  size_t executable = 0;
  size_t readable = 0;
  for_each_line(text, [&](const Line& line) {
    executable += line.executable;
    readable += line.readable;
  });
  map.text = text;
  map.executable = arena.array<Mapping>(executable);
  map.readable = arena.array<Region>(readable);
  if (map.executable.size() < executable || map.readable.size() < readable) return false;
  executable = readable = 0;
  Line image;  // the last line at offset 0 of a file: where its ELF header is
  for_each_line(text, [&](const Line& line) {
    if (line.readable) map.readable[readable++] = {line.start, line.end};
    if (line.offset == 0 && line.readable) image = line;
    if (!line.executable) return;
    Mapping& mapping = map.executable[executable++];
    mapping.start = line.start;
    mapping.limit = line.end;
    mapping.offset = line.offset;
    mapping.file.assign(line.file);
    const bool has_image = image.file == line.file && !line.file.empty();
    if (has_image) mapping.build_id = build_id_at(image.start);
  });
  const auto first =
      std::find_if(map.executable.begin(), map.executable.end(),
                   [&](const Mapping& m) { return !program.empty() && m.file.view() == program; });
  if (first != map.executable.end()) std::rotate(map.executable.begin(), first, first + 1);
  return true;
}

bool read_memory_map(Arena& arena, MemoryMap& map) {
  const std::string_view text = read_maps(arena);
  if (text.empty()) return false;
  char program[1024];
  const long length =
      sys::call(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", program, sizeof program);
  const std::string_view name(program, length > 0 ? static_cast<size_t>(length) : 0);
  return parse_memory_map(arena, text, name, map);
}

const MemoryMap& LazyMemoryMap::get() {
  if (state_ == State::fresh) {
    state_ = read_memory_map(arena_, map_) ? State::read : State::unreadable;
    if (state_ == State::unreadable) map_ = {};
  }
  return map_;
}

Region find_region(std::span<const Region> regions, uintptr_t address) {
  const auto after =
      std::upper_bound(regions.begin(), regions.end(), address,
                       [](uintptr_t value, const Region& region) { return value < region.start; });
  if (after == regions.begin()) return {0, 0};
  const Region& region = *(after - 1);
  return address < region.end ? region : Region{0, 0};
}

}  // namespace holmes
