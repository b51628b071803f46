#include "output/pprof_proto.h"

#include <errno.h>

#include <algorithm>
#include <span>

#include "output/pprof_words.h"
#include "output/proto_wire.h"
#include "output/utf8.h"
#include "profile/frames.h"

namespace holmes {
namespace {

// Where samples stand whose stack is not known: pprof drops samples without any location, and
// totals would be short. Above every node number (24 bits); without an address, readers call it
// unknown.
constexpr uint64_t kUnknownLocation = uint64_t{1} << 24;

class Writer {
 public:
  Writer(const Profile& profile, ByteSink& sink)
      : profile_(profile), stacks_(*profile.stacks), out_(sink) {}

  Status prepare(Arena& arena);
  Status write();

 private:
  // Bytes of a label message; a label without a value is not written and has none.
  struct Label {
    uint64_t key;
    uint64_t text;
    uint64_t number;
    size_t size() const {
      return int_field_size(key) + int_field_size(text) + int_field_size(number);
    }
  };

  size_t first_mapping_string() const { return kWordCount; }
  size_t first_thread_string() const { return kWordCount + 2 * profile_.mappings.size(); }
  size_t first_comment() const { return first_thread_string() + 3 * profile_.threads.size(); }

  template <typename Fn>
  void for_each_location(const Sample& sample, Fn fn) const {
    bool any = false;
    for_each_frame(stacks_, sample.stack, [&](StackId node, uintptr_t) {
      any = true;
      fn(uint64_t{node});
    });
    if (!any) fn(kUnknownLocation);
  }

  void mark(StackId stack);
  uint64_t mapping_of(uintptr_t address) const;
  std::span<const Label> labels_of(const Sample& sample, Label (&room)[4]) const;
  void header();
  void value_type(unsigned field, ValueType type);
  void sample(const Sample& sample);
  void locations();
  void location(uint64_t id, uint64_t mapping_id, uint64_t address);
  void mapping(size_t index);
  void strings();
  void string(std::string_view text);

  const Profile& profile_;
  const StackTable& stacks_;
  ProtoWriter out_;
  std::span<uint64_t> used_;        // a bit per node
  std::span<uint32_t> by_address_;  // mappings, sorted
};

Status Writer::prepare(Arena& arena) {
  used_ = arena.array<uint64_t>(size_t{stacks_.size()} / 64 + 1);
  by_address_ = arena.array<uint32_t>(profile_.mappings.size());
  if (used_.empty() || by_address_.size() != profile_.mappings.size()) {
    return {"allocate memory for a profile", ENOMEM};
  }
  for (uint32_t i = 0; i < by_address_.size(); ++i) by_address_[i] = i;
  std::sort(by_address_.begin(), by_address_.end(), [this](uint32_t a, uint32_t b) {
    return profile_.mappings[a].start < profile_.mappings[b].start;
  });
  for (const Sample& each : profile_.samples) mark(each.stack);
  return {};
}

// A marked node's callers are marked: the walk ends there.
void Writer::mark(StackId stack) {
  for (StackId node = stack; node != 0; node = stacks_.parent(node)) {
    uint64_t& word_of_node = used_[node / 64];
    const uint64_t bit = uint64_t{1} << node % 64;
    if ((word_of_node & bit) != 0) return;
    word_of_node |= bit;
  }
}

// Mapping ids are 1-based positions in the profile's list; 0: none.
uint64_t Writer::mapping_of(uintptr_t address) const {
  const auto after = std::upper_bound(
      by_address_.begin(), by_address_.end(), address,
      [this](uintptr_t pc, uint32_t i) { return pc < profile_.mappings[i].start; });
  if (after == by_address_.begin()) return 0;
  const uint32_t index = *(after - 1);
  return address < profile_.mappings[index].limit ? uint64_t{index} + 1 : 0;
}

Status Writer::write() {
  header();
  for (const Sample& each : profile_.samples) sample(each);
  locations();
  for (size_t i = 0; i < profile_.mappings.size(); ++i) mapping(i);
  strings();
  return out_.flush();
}

void Writer::header() {
  const Shape shape = shape_of(profile_.kind);
  for (const ValueType& type : shape.types) value_type(kSampleType, type);
  value_type(kPeriodType, shape.period);
  out_.int_field(kPeriod, static_cast<uint64_t>(profile_.period));
  out_.int_field(kTimeNanos, static_cast<uint64_t>(profile_.time_ns));
  out_.int_field(kDurationNanos, static_cast<uint64_t>(profile_.duration_ns));
  for (size_t i = 0; i < profile_.comments.size(); ++i) {
    out_.int_field(kComment, first_comment() + i);
  }
  out_.int_field(kDefaultSampleType, shape.fallback);
}

void Writer::value_type(unsigned field, ValueType type) {
  out_.block_field(field, int_field_size(type.type) + int_field_size(type.unit));
  out_.int_field(1, type.type);
  out_.int_field(2, type.unit);
}

std::span<const Writer::Label> Writer::labels_of(const Sample& sample, Label (&room)[4]) const {
  if (sample.thread < 0 || static_cast<size_t>(sample.thread) >= profile_.threads.size()) return {};
  const ThreadInfo& thread = profile_.threads[static_cast<size_t>(sample.thread)];
  const uint64_t first = first_thread_string() + 3 * static_cast<uint64_t>(sample.thread);
  size_t count = 0;
  if (!thread.name.empty()) room[count++] = {word("thread"), first, 0};
  if (!thread.state.empty()) room[count++] = {word("state"), first + 1, 0};
  if (!thread.waiting.empty()) room[count++] = {word("waiting"), first + 2, 0};
  if (thread.tid > 0) room[count++] = {word("tid"), 0, static_cast<uint64_t>(thread.tid)};
  return {room, count};
}

void Writer::sample(const Sample& sample) {
  const size_t values = value_count(profile_.kind);
  Label room[4];
  const std::span<const Label> labels = labels_of(sample, room);
  size_t location_bytes = 0;
  for_each_location(sample, [&](uint64_t id) { location_bytes += varint_size(id); });
  size_t value_bytes = 0;
  for (size_t i = 0; i < values; ++i) {
    value_bytes += varint_size(static_cast<uint64_t>(sample.values[i]));
  }
  size_t bytes = block_field_size(location_bytes) + block_field_size(value_bytes);
  for (const Label& label : labels) bytes += block_field_size(label.size());

  out_.block_field(kSample, bytes);
  out_.block_field(1, location_bytes);
  for_each_location(sample, [&](uint64_t id) { out_.varint(id); });
  out_.block_field(2, value_bytes);
  for (size_t i = 0; i < values; ++i) out_.varint(static_cast<uint64_t>(sample.values[i]));
  for (const Label& label : labels) {
    out_.block_field(3, label.size());
    out_.int_field(1, label.key);
    out_.int_field(2, label.text);
    out_.int_field(3, label.number);
  }
}

void Writer::locations() {
  for (size_t group = 0; group < used_.size(); ++group) {
    for (uint64_t bits = used_[group]; bits != 0; bits &= bits - 1) {
      const uint64_t node = group * 64 + static_cast<uint64_t>(std::countr_zero(bits));
      const uintptr_t pc = stacks_.pc(static_cast<StackId>(node));
      if (!is_frame(pc)) continue;
      location(node, mapping_of(pc), pc);
    }
  }
  location(kUnknownLocation, 0, 0);
}

void Writer::location(uint64_t id, uint64_t mapping_id, uint64_t address) {
  out_.block_field(kLocation,
                   int_field_size(id) + int_field_size(mapping_id) + int_field_size(address));
  out_.int_field(1, id);
  out_.int_field(2, mapping_id);
  out_.int_field(3, address);
}

void Writer::mapping(size_t index) {
  const Mapping& m = profile_.mappings[index];
  const uint64_t file = first_mapping_string() + 2 * index;
  const uint64_t fields[] = {index + 1,
                             m.start,
                             m.limit,
                             m.offset,
                             m.file.empty() ? 0 : file,
                             m.build_id.empty() ? 0 : file + 1};
  size_t bytes = 0;
  for (const uint64_t value : fields) bytes += int_field_size(value);
  out_.block_field(kMapping, bytes);
  for (unsigned i = 0; i < std::size(fields); ++i) out_.int_field(i + 1, fields[i]);
}

void Writer::strings() {
  for (const std::string_view text : kWords) string(text);
  for (const Mapping& m : profile_.mappings) {
    string(m.file);
    string(m.build_id);
  }
  for (const ThreadInfo& thread : profile_.threads) {
    string(thread.name);
    string(thread.state);
    string(thread.waiting);
  }
  for (const std::string_view comment : profile_.comments) string(comment);
}

void Writer::string(std::string_view text) {
  size_t bytes = 0;
  for_each_character(text, [&](std::string_view character) { bytes += character.size(); });
  out_.block_field(kStringTable, bytes);
  for_each_character(text, [&](std::string_view character) { out_.raw(character); });
}

}  // namespace

Status write_pprof(const Profile& profile, Arena& arena, ByteSink& sink) {
  Writer writer(profile, sink);
  const Status prepared = writer.prepare(arena);
  return prepared.is_ok() ? writer.write() : prepared;
}

}  // namespace holmes
