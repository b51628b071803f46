#include "output/text_profile.h"

#include <errno.h>

#include <algorithm>

#include "output/heap_scale.h"
#include "output/memory_map.h"
#include "profile/frames.h"

namespace holmes {
namespace {

// All samples of one stack together, as they are printed. Count profiles use `inuse` alone.
struct Group {
  StackId stack = 0;
  HeapAmount inuse;
  HeapAmount alloc;
};

// Samples without any frame are one group, whatever key nodes stand below them.
StackId key_of(const Profile& profile, const Sample& sample) {
  return count_frames(*profile.stacks, sample.stack) == 0 ? 0 : sample.stack;
}

void add(const Profile& profile, const Sample& sample, Group& group) {
  if (profile.kind != ProfileKind::heap) {
    group.inuse.objects += sample.values[0];
    return;
  }
  group.alloc.objects += sample.values[0];
  group.alloc.bytes += sample.values[1];
  group.inuse.objects += sample.values[2];
  group.inuse.bytes += sample.values[3];
}

struct Keyed {
  StackId stack = 0;
  uint32_t sample = 0;
};

std::span<Keyed> sort_samples(const Profile& profile, Arena& arena) {
  const std::span<Keyed> order = arena.array<Keyed>(profile.samples.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    order[i] = {key_of(profile, profile.samples[i]), i};
  }
  std::sort(order.begin(), order.end(),
            [](const Keyed& a, const Keyed& b) { return a.stack < b.stack; });
  return order;
}

bool larger(const Group& a, const Group& b) {
  if (a.inuse.bytes != b.inuse.bytes) return a.inuse.bytes > b.inuse.bytes;
  if (a.alloc.bytes != b.alloc.bytes) return a.alloc.bytes > b.alloc.bytes;
  if (a.inuse.objects != b.inuse.objects) return a.inuse.objects > b.inuse.objects;
  return a.stack < b.stack;
}

size_t distinct(std::span<const Keyed> order) {
  size_t count = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || order[i].stack != order[i - 1].stack) ++count;
  }
  return count;
}

void scale(const Profile& profile, Group& group) {
  if (profile.kind != ProfileKind::heap) return;
  group.inuse = printed_heap_amount(group.inuse, profile.period);
  group.alloc = printed_heap_amount(group.alloc, profile.period);
}

// Sorted by size of the estimates; then each gets its printed numbers.
std::span<Group> make_groups(const Profile& profile, std::span<const Keyed> order, Arena& arena) {
  const std::span<Group> groups = arena.array<Group>(distinct(order));
  if (groups.empty()) return groups;
  size_t at = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && order[i].stack != order[i - 1].stack) ++at;
    groups[at].stack = order[i].stack;
    add(profile, profile.samples[order[i].sample], groups[at]);
  }
  std::sort(groups.begin(), groups.end(), larger);
  for (Group& group : groups) scale(profile, group);
  return groups;
}

class Writer {
 public:
  Writer(const Profile& profile, ByteSink& sink) : profile_(profile), out_(sink) {}

  Status write(std::span<const Group> groups, bool full_stack) {
    header(groups);
    size_t room = full_stack ? groups.size() : kTopGroups;
    for (const Group& group : groups) {
      if (is_empty(group)) continue;
      if (room-- == 0) break;
      values(group);
      stack(group.stack);
    }
    out_.put("\n--- Memory map: ---\n");
    write_memory_map(profile_, out_);
    return out_.status();
  }

 private:
  static bool is_empty(const Group& group) {
    return group.inuse.objects <= 0 && group.alloc.objects <= 0;
  }
  bool is_heap() const { return profile_.kind == ProfileKind::heap; }

  void header(std::span<const Group> groups) {
    Group total;
    for (const Group& group : groups) {
      total.inuse.objects += group.inuse.objects;
      total.inuse.bytes += group.inuse.bytes;
      total.alloc.objects += group.alloc.objects;
      total.alloc.bytes += group.alloc.bytes;
    }
    if (is_heap()) {
      out_.put("heap profile: ");
      values(total);
      TextBuffer<32> scale;
      out_.put(scale.put(" heap_v2/").num(profile_.period < 1 ? 1 : profile_.period).put('\n'));
      return;
    }
    TextBuffer<64> line;
    line.put(profile_name(profile_.kind)).put(" profile: total ").num(total.inuse.objects);
    out_.put(line.put('\n'));
  }

  void values(const Group& group) {
    TextBuffer<96> text;
    text.num(group.inuse.objects);
    if (is_heap()) {
      text.put(": ").num(group.inuse.bytes).put(" [").num(group.alloc.objects);
      text.put(": ").num(group.alloc.bytes).put(']');
    }
    out_.put(text.put(" @"));
  }

  void stack(StackId id) {
    bool any = false;
    for_each_frame(*profile_.stacks, id, [&](StackId, uintptr_t pc) {
      TextBuffer<24> address;
      out_.put(address.put(" 0x").hex(pc + 1));
      any = true;
    });
    out_.put(any ? "\n" : " 0x1\n");
  }

  const Profile& profile_;
  Emitter out_;
};

}  // namespace

Status write_text_profile(const Profile& profile, bool full_stack, Arena& arena, ByteSink& sink) {
  if (profile.kind == ProfileKind::cpu) return {"write a CPU profile as text", EINVAL};
  const std::span<Keyed> order = sort_samples(profile, arena);
  const std::span<Group> groups = make_groups(profile, order, arena);
  const bool missing = order.size() != profile.samples.size() || (groups.empty() && !order.empty());
  if (missing) return {"allocate memory for a profile", ENOMEM};
  return Writer(profile, sink).write(groups, full_stack);
}

}  // namespace holmes
