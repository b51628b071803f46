#include "cli/symbolizer.h"

#include <algorithm>

#include "cli/error.h"
#include "cli/module_finder.h"

namespace holmes::cli {

namespace {

constexpr const char* kVdso = "[vdso]";

std::string shortened(double seconds) {
  std::string text = std::to_string(seconds);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Symbolizer::Symbolizer(Origin origin, double deadline_seconds)
    : origin_(std::move(origin)), deadline_(deadline_seconds) {}

void Symbolizer::add(const MappedModule& mapping, uint64_t address) {
  Module& module = modules_[{mapping.path, mapping.build_id}];
  module.deleted |= mapping.deleted;
  module.first_offset = std::min(module.first_offset, mapping.offset);
  module.frames.try_emplace(mapping.file_offset(address));
}

// The program itself first, then those with most addresses: what is lost when time runs out is
// what matters least.
std::vector<std::map<Symbolizer::Key, Symbolizer::Module>::iterator> Symbolizer::in_order() {
  std::vector<std::map<Key, Module>::iterator> order;
  for (auto entry = modules_.begin(); entry != modules_.end(); ++entry) order.push_back(entry);
  const auto weight = [this](const auto& entry) {
    const bool main = !origin_.exe.empty() && entry->first.first == origin_.exe;
    return main ? SIZE_MAX : entry->second.frames.size();
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return weight(a) > weight(b); });
  return order;
}

void Symbolizer::run() {
  const auto order = in_order();
  try {
    for (const auto& entry : order) {
      if (deadline_.passed()) throw DeadlinePassed();
      run_module(entry->first, entry->second);
    }
  } catch (const DeadlinePassed&) {
    notes_.push_back("holmes: symbolizing stopped after " + shortened(deadline_.seconds()) +
                     " s: " + std::to_string(asked() - named()) + " of " + std::to_string(asked()) +
                     " addresses have no name");
  }
}

void Symbolizer::run_module(const Key& key, Module& module) {
  if (key.first == kVdso) {
    // The kernel's page has no file; its name is all that a reader needs.
    for (auto& [offset, frames] : module.frames) frames.push_back({kVdso, kVdso, "", 0, 0, offset});
    return;
  }
  const bool is_main = !origin_.exe.empty() && key.first == origin_.exe;
  WantedModule wanted{key.first, key.second, module.deleted, is_main};
  if (wanted.build_id.empty() && is_main) wanted.build_id = origin_.build_id;
  FoundModule found = find_module(wanted, origin_.pid);
  try {
    if (!found.file) throw Error(found.problem);
    resolve(*found.file, module);
  } catch (const Error& error) {
    const std::string name = key.first.empty() ? "memory without a file" : key.first;
    notes_.push_back("holmes: no names for " + name + ": " + error.what());
  }
}

void Symbolizer::resolve(const ElfFile& file, Module& module) {
  std::vector<std::pair<uint64_t, uint64_t>> by_address;  // address, file offset
  for (const auto& [offset, frames] : module.frames) {
    const auto address = file.address_of(offset, module.first_offset);
    if (address) by_address.emplace_back(*address, offset);
  }
  std::sort(by_address.begin(), by_address.end());
  std::vector<uint64_t> addresses;
  for (const auto& entry : by_address) addresses.push_back(entry.first);

  ModuleSymbols symbols(file);
  module.has_dwarf = symbols.has_dwarf();
  symbols.resolve(addresses, deadline_, [&](uint64_t address, std::vector<Frame> frames) {
    const auto at =
        std::lower_bound(by_address.begin(), by_address.end(), std::pair(address, uint64_t{0}));
    module.frames[at->second] = std::move(frames);
  });
}

const Symbolizer::Module* Symbolizer::module_of(const MappedModule& mapping) const {
  const auto found = modules_.find({mapping.path, mapping.build_id});
  return found == modules_.end() ? nullptr : &found->second;
}

const std::vector<Frame>* Symbolizer::frames_of(const MappedModule& mapping,
                                                uint64_t address) const {
  const Module* module = module_of(mapping);
  if (module == nullptr) return nullptr;
  const auto found = module->frames.find(mapping.file_offset(address));
  return found == module->frames.end() || found->second.empty() ? nullptr : &found->second;
}

bool Symbolizer::has_dwarf(const MappedModule& mapping) const {
  const Module* module = module_of(mapping);
  return module != nullptr && module->has_dwarf;
}

size_t Symbolizer::asked() const {
  size_t count = 0;
  for (const auto& [key, module] : modules_) count += module.frames.size();
  return count;
}

size_t Symbolizer::named() const {
  size_t count = 0;
  for (const auto& [key, module] : modules_) {
    for (const auto& [offset, frames] : module.frames) count += frames.empty() ? 0 : 1;
  }
  return count;
}

}  // namespace holmes::cli
