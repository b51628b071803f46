#include "cli/name_text.h"

#include <charconv>

namespace holmes::cli {

namespace {

// pprof refuses lines of 64 KiB, and nobody reads a longer name.
constexpr size_t kLongestName = 4000;

const TextMapping* mapping_of(const TextProfile& profile, uint64_t address) {
  for (const TextMapping& mapping : profile.mappings) {
    if (mapping.start <= address && address < mapping.limit) return &mapping;
  }
  return nullptr;
}

MappedModule module_of(const TextMapping& mapping) {
  return {mapping.start, mapping.offset, std::string(mapping.path), "", mapping.deleted};
}

void put_hex(uint64_t value, std::string& out) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  out.append("0x").append(digits, end);
}

// One line must stay one line.
void put_name(std::string_view name, std::string& out) {
  for (const char c : name.substr(0, kLongestName)) {
    out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  if (name.size() > kLongestName) out += "...";
}

void put_frame(uint64_t address, const Frame& frame, const TextMapping& mapping, std::string& out) {
  out += "#\t";
  put_hex(address, out);
  out += '\t';
  put_name(frame.function, out);
  out += '+';
  put_hex(frame.offset, out);
  out += '\t';
  put_name(frame.file.empty() ? mapping.path : frame.file, out);
  if (!frame.file.empty()) out += ':' + std::to_string(frame.line);
  out += '\n';
}

void put_unknown(uint64_t address, const TextMapping* mapping, std::string& out) {
  out += "#\t";
  put_hex(address, out);
  out += "\t??";
  if (mapping != nullptr) {
    out += '\t';
    put_name(mapping->path, out);
    out += '+';
    put_hex(module_of(*mapping).file_offset(address), out);
  }
  out += '\n';
}

void put_frames(const TextProfile& profile, const TextGroup& group, const Symbolizer& symbolizer,
                std::string& out) {
  for (const uint64_t address : group.lookups) {
    if (address == 0) continue;  // a stack that could not be taken
    const TextMapping* mapping = mapping_of(profile, address);
    const std::vector<Frame>* frames =
        mapping ? symbolizer.frames_of(module_of(*mapping), address) : nullptr;
    if (frames == nullptr) {
      put_unknown(address, mapping, out);
      continue;
    }
    for (const Frame& frame : *frames) put_frame(address, frame, *mapping, out);
  }
}

void put_notes(const TextProfile& profile, const Symbolizer& symbolizer, std::string& out) {
  for (const std::string& note : symbolizer.notes()) {
    bool known = false;
    for (const std::string_view comment : profile.comments) known |= comment == note;
    if (!known) out.append("# ").append(note).append("\n");
  }
}

}  // namespace

void ask_names(const TextProfile& profile, Symbolizer& symbolizer) {
  for (const TextGroup& group : profile.groups) {
    if (group.named()) continue;
    for (const uint64_t address : group.lookups) {
      const TextMapping* mapping = mapping_of(profile, address);
      if (mapping != nullptr) symbolizer.add(module_of(*mapping), address);
    }
  }
}

std::string text_with_names(const TextProfile& profile, const Symbolizer& symbolizer) {
  std::string out;
  auto group = profile.groups.begin();
  for (size_t i = 0; i < profile.lines.size(); ++i) {
    if (i == profile.map_line) put_notes(profile, symbolizer, out);
    out += profile.lines[i];
    if (group == profile.groups.end() || group->line != i) continue;
    if (!group->named()) {
      if (out.back() != '\n') out += '\n';
      put_frames(profile, *group, symbolizer, out);
      i += group->frame_lines;  // those said only that nothing is known
    }
    ++group;
  }
  return out;
}

}  // namespace holmes::cli
