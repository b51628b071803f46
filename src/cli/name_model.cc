#include "cli/name_model.h"

#include <algorithm>
#include <map>
#include <tuple>
#include "cli/allocator_frames.h"

namespace holmes::cli {

namespace {

MappedModule module_of(const PprofModel& model, const PprofMapping& mapping) {
  constexpr std::string_view kDeleted = " (deleted)";
  MappedModule module{mapping.start, mapping.offset, model.text(mapping.file),
                      model.text(mapping.build_id), false};
  if (std::string_view(module.path).ends_with(kDeleted)) {
    module.path.resize(module.path.size() - kDeleted.size());
    module.deleted = true;
  }
  return module;
}

bool wants_name(const PprofModel& model, const PprofLocation& location) {
  return location.lines.empty() && location.mapping != kNone && location.address != 0 &&
         location.address >= model.mappings[location.mapping].start &&
         location.address < model.mappings[location.mapping].limit;
}

// One entry for each function and the file its lines are in.
class Functions {
 public:
  explicit Functions(PprofModel& model) : model_(model) {
    for (size_t i = 0; i < model.functions.size(); ++i) {
      known_.emplace(key(model.functions[i]), static_cast<uint32_t>(i));
    }
  }
  uint32_t add(const Frame& frame) {
    const PprofFunction function{model_.strings.add(frame.function),
                                 model_.strings.add(frame.system_name),
                                 model_.strings.add(frame.file), frame.start_line};
    const auto [entry, is_new] =
        known_.emplace(key(function), static_cast<uint32_t>(model_.functions.size()));
    if (is_new) model_.functions.push_back(function);
    return entry->second;
  }

 private:
  using Key = std::tuple<StringId, StringId, StringId, int64_t>;
  static Key key(const PprofFunction& f) { return {f.name, f.system_name, f.file, f.start_line}; }

  PprofModel& model_;
  std::map<Key, uint32_t> known_;
};

void set_lines(const std::vector<Frame>& frames, PprofLocation& location, PprofMapping& mapping,
               Functions& functions) {
  for (const Frame& frame : frames) {
    location.lines.push_back({functions.add(frame), frame.line, 0});
    mapping.has_functions = true;
    mapping.has_filenames |= !frame.file.empty();
    mapping.has_line_numbers |= frame.line != 0;
  }
}

void add_comments(PprofModel& model, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    const StringId id = model.strings.add(note);
    const auto end = model.comments.end();
    if (std::find(model.comments.begin(), end, id) == end) model.comments.push_back(id);
  }
}

}  // namespace

void prepare_model(PprofModel& model) {
  for (PprofLocation& location : model.locations) {
    if (location.mapping == kNone) location.mapping = mapping_of(model, location.address);
  }
  merge_equal_locations(model);
}

void ask_names(const PprofModel& model, Symbolizer& symbolizer) {
  for (const PprofLocation& location : model.locations) {
    if (!wants_name(model, location)) continue;
    symbolizer.add(module_of(model, model.mappings[location.mapping]), location.address);
  }
}

void set_names(PprofModel& model, const Symbolizer& symbolizer) {
  Functions functions(model);
  for (PprofLocation& location : model.locations) {
    if (!wants_name(model, location)) continue;
    PprofMapping& mapping = model.mappings[location.mapping];
    const MappedModule module = module_of(model, mapping);
    const std::vector<Frame>* frames = symbolizer.frames_of(module, location.address);
    if (frames == nullptr) continue;
    set_lines(*frames, location, mapping, functions);
    mapping.has_inline_frames |= symbolizer.has_dwarf(module);
  }
  hide_allocator_frames(model);
  add_comments(model, symbolizer.notes());
}

}  // namespace holmes::cli
