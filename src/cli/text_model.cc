// The text and gperftools formats as models, by the same rules as pprof's legacy readers.
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "cli/error.h"
#include "cli/scan.h"
#include "cli/text_profile.h"

namespace holmes::cli {

namespace {

class Builder {
 public:
  explicit Builder(PprofModel& model) : model_(model) {}

  void sample_type(std::string_view type, std::string_view unit) {
    model_.sample_types.push_back({model_.strings.add(type), model_.strings.add(unit)});
  }
  void add_mappings(const std::vector<TextMapping>& mappings) {
    for (const TextMapping& mapping : mappings) {
      PprofMapping& added = model_.mappings.emplace_back();
      added.start = mapping.start;
      added.limit = mapping.limit;
      added.offset = mapping.offset;
      added.file = model_.strings.add(mapping.path);
    }
  }
  uint32_t location(uint64_t lookup) {
    const auto [entry, is_new] =
        locations_.emplace(lookup, static_cast<uint32_t>(model_.locations.size()));
    if (is_new) {
      PprofLocation& added = model_.locations.emplace_back();
      added.address = lookup;
      added.mapping = mapping_of(model_, lookup);
    }
    return entry->second;
  }
  void add_frame(const TextFrame& frame) {
    const StringId name = model_.strings.add(frame.function);
    const StringId file = model_.strings.add(frame.file);
    const auto [entry, is_new] = functions_.emplace((uint64_t{name} << 32) | file,
                                                    static_cast<uint32_t>(model_.functions.size()));
    if (is_new) model_.functions.push_back({name, name, file, 0});
    model_.locations[location(frame.lookup)].lines.push_back({entry->second, frame.line, 0});
  }
  bool has_lines(uint64_t lookup) { return !model_.locations[location(lookup)].lines.empty(); }

 private:
  PprofModel& model_;
  std::unordered_map<uint64_t, uint32_t> locations_;
  std::unordered_map<uint64_t, uint32_t> functions_;
};

// The chance that a block of the mean size was sampled is 1 - exp(-size / period).
void unbias(int64_t& count, int64_t& bytes, int64_t period) {
  if (count == 0 || bytes == 0 || period <= 1) return;
  const double size = static_cast<double>(bytes) / static_cast<double>(count);
  const double scale = 1 / (1 - std::exp(-size / static_cast<double>(period)));
  count = static_cast<int64_t>(static_cast<double>(count) * scale);
  bytes = static_cast<int64_t>(static_cast<double>(bytes) * scale);
}

void add_types(const TextProfile& profile, PprofModel& model, Builder& builder) {
  if (profile.kind != "heap") return builder.sample_type(profile.kind, "count");
  builder.sample_type("alloc_objects", "count");
  builder.sample_type("alloc_space", "bytes");
  builder.sample_type("inuse_objects", "count");
  builder.sample_type("inuse_space", "bytes");
  model.default_sample_type = model.strings.add("inuse_space");
}

// The # lines of one group, for those addresses that no earlier group has named.
void add_frames(const TextGroup& group, Builder& builder) {
  for (size_t i = 0; i < group.frames.size();) {
    const uint64_t lookup = group.frames[i].lookup;
    const bool known = builder.has_lines(lookup);
    for (; i < group.frames.size() && group.frames[i].lookup == lookup; ++i) {
      if (!known && !group.frames[i].function.empty()) builder.add_frame(group.frames[i]);
    }
  }
}

class Words {
 public:
  explicit Words(std::string_view bytes) : bytes_(bytes) {}
  uint64_t next() {
    if (bytes_.size() < sizeof(uint64_t)) throw Error("the CPU profile ends too early (truncated)");
    uint64_t word;
    memcpy(&word, bytes_.data(), sizeof word);
    bytes_.remove_prefix(sizeof word);
    return word;
  }
  size_t left() const { return bytes_.size() / sizeof(uint64_t); }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

std::vector<TextMapping> parse_maps(std::string_view text) {
  // The same lines as below "--- Memory map: ---" of a text profile, whose parser reads them.
  std::string as_profile = "maps profile: total 0\n--- Memory map: ---\n";
  as_profile += text;
  std::vector<TextMapping> mappings = parse_text_profile(as_profile).mappings;
  // The views must outlive `as_profile`: point them into `text`, where they came from.
  const size_t before = as_profile.size() - text.size();
  for (TextMapping& mapping : mappings) {
    const auto at = static_cast<size_t>(mapping.path.data() - as_profile.data());
    mapping.path = text.substr(at - before, mapping.path.size());
  }
  return mappings;
}

constexpr size_t kCpuHeaderWords = 5;

}  // namespace

PprofModel model_of(const TextProfile& profile) {
  PprofModel model;
  Builder builder(model);
  add_types(profile, model, builder);
  builder.add_mappings(profile.mappings);
  model.period = profile.kind == "heap" ? profile.period : 1;
  for (const TextGroup& group : profile.groups) {
    PprofSample& sample = model.samples.emplace_back();
    sample.values = group.values;
    if (profile.kind == "heap") {
      unbias(sample.values[0], sample.values[1], profile.period);
      unbias(sample.values[2], sample.values[3], profile.period);
    }
    for (const uint64_t lookup : group.lookups)
      sample.locations.push_back(builder.location(lookup));
    add_frames(group, builder);
  }
  for (const std::string_view comment : profile.comments) {
    model.comments.push_back(model.strings.add(comment));
  }
  return model;
}

bool is_cpu_profile(std::string_view bytes) {
  if (bytes.size() < kCpuHeaderWords * sizeof(uint64_t)) return false;
  Words words(bytes);
  const uint64_t header[] = {words.next(), words.next(), words.next()};
  const uint64_t period = words.next();
  return header[0] == 0 && header[1] == 3 && header[2] == 0 && period > 0 && words.next() == 0;
}

PprofModel model_of_cpu_profile(std::string_view bytes) {
  Words words(bytes);
  for (int i = 0; i < 3; ++i) words.next();
  PprofModel model;
  Builder builder(model);
  builder.sample_type("samples", "count");
  builder.sample_type("cpu", "nanoseconds");
  const uint64_t microseconds = words.next();
  if (microseconds > INT64_MAX / 1000) throw Error("the CPU profile's period is out of range");
  model.period = static_cast<int64_t>(microseconds) * 1000;
  words.next();
  for (;;) {
    const uint64_t count = words.next();
    const uint64_t depth = words.next();
    if (depth > words.left()) throw Error("a stack of the CPU profile is longer than the file");
    std::vector<uint64_t> stack(depth);
    for (uint64_t& address : stack) address = words.next();
    if (count == 0 && depth == 1 && stack[0] == 0) break;
    PprofSample& sample = model.samples.emplace_back();
    // Unsigned: a damaged count may overflow.
    const auto nanoseconds = static_cast<int64_t>(count * static_cast<uint64_t>(model.period));
    sample.values = {static_cast<int64_t>(count), nanoseconds};
    for (size_t i = 0; i < stack.size(); ++i) {
      const uint64_t back = i > 0 && stack[i] != 0 ? 1 : 0;  // callers: return addresses
      sample.locations.push_back(builder.location(stack[i] - back));
    }
  }
  builder.add_mappings(parse_maps(words.rest()));
  for (PprofLocation& location : model.locations) {
    location.mapping = mapping_of(model, location.address);
  }
  return model;
}

}  // namespace holmes::cli
