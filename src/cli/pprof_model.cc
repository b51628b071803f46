#include "cli/pprof_model.h"

#include <map>

namespace holmes::cli {

StringId StringPool::add(std::string_view text) {
  const auto found = ids_.find(text);
  if (found != ids_.end()) return found->second;
  const auto id = static_cast<StringId>(strings_.size());
  ids_.emplace(strings_.emplace_back(text), id);
  return id;
}

uint32_t mapping_of(const PprofModel& model, uint64_t address) {
  for (size_t i = 0; i < model.mappings.size(); ++i) {
    const PprofMapping& mapping = model.mappings[i];
    if (mapping.start <= address && address < mapping.limit) return static_cast<uint32_t>(i);
  }
  return kNone;
}

void merge_equal_locations(PprofModel& model) {
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> seen;
  std::vector<uint32_t> renumbered(model.locations.size());
  std::vector<PprofLocation> kept;
  kept.reserve(model.locations.size());
  for (size_t i = 0; i < model.locations.size(); ++i) {
    PprofLocation& location = model.locations[i];
    const auto next = static_cast<uint32_t>(kept.size());
    // Address 0 is "not known": two of them may well be different functions.
    const auto [entry, is_new] =
        location.address == 0 ? std::pair(seen.end(), true)
                              : seen.emplace(std::pair(location.mapping, location.address), next);
    renumbered[i] = is_new ? next : entry->second;
    if (is_new) kept.push_back(std::move(location));
  }
  model.locations = std::move(kept);
  for (PprofSample& sample : model.samples) {
    for (uint32_t& location : sample.locations) location = renumbered[location];
  }
}

}  // namespace holmes::cli
