#include "output/memory_map.h"

namespace holmes {
namespace {

// Build ids are left out: google-pprof would take one for the file's name.
void write_mapping(const Mapping& mapping, Emitter& out) {
  TextBuffer<96> range;
  range.hex(mapping.start).put('-').hex(mapping.limit).put(" r-xp ").hex(mapping.offset);
  range.put(" 00:00 0 ");
  out.put(range);
  out.put(mapping.file);
  out.put("\n");
}

}  // namespace

void write_memory_map(const Profile& profile, Emitter& out) {
  if (profile.memory_map.empty()) {
    for (const Mapping& mapping : profile.mappings) write_mapping(mapping, out);
    return;
  }
  out.put(profile.memory_map);
  if (profile.memory_map.back() != '\n') out.put("\n");
}

}  // namespace holmes
