#include "output/cpu_legacy.h"

#include <errno.h>

#include "output/memory_map.h"
#include "profile/frames.h"

namespace holmes {
namespace {

// Go's reader removes a second frame that all but one in 32 samples share.
constexpr uint64_t kRecordsPerGuard = 31;

void put_word(Emitter& out, uint64_t value) {
  out.put({reinterpret_cast<const char*>(&value), sizeof value});
}

// A leaf of 0 would read as the end of the samples.
constexpr uint64_t kUnknown = 1;

void put_stack(const StackTable& stacks, StackId id, Emitter& out) {
  const size_t depth = count_frames(stacks, id);
  put_word(out, depth == 0 ? 1 : depth);
  if (depth == 0) put_word(out, kUnknown);
  uint64_t to_return_address = 0;
  for_each_frame(stacks, id, [&](StackId, uintptr_t pc) {
    put_word(out, pc + to_return_address);
    to_return_address = 1;
  });
}

uint64_t put_samples(const Profile& profile, Emitter& out) {
  uint64_t records = 0;
  for (const Sample& sample : profile.samples) {
    if (sample.values[0] <= 0) continue;
    put_word(out, static_cast<uint64_t>(sample.values[0]));
    put_stack(*profile.stacks, sample.stack, out);
    ++records;
  }
  return records;
}

void put_guards(uint64_t records, Emitter& out) {
  if (records == 0) return;
  for (uint64_t i = 0; i <= records / kRecordsPerGuard; ++i) {
    put_word(out, 0);
    put_word(out, 1);
    put_word(out, kUnknown);
  }
}

}  // namespace

Status write_cpu_legacy(const Profile& profile, ByteSink& sink) {
  if (profile.kind != ProfileKind::cpu) return {"write a CPU profile of something else", EINVAL};
  Emitter out(sink);
  const int64_t period_us = profile.period / 1000;
  const uint64_t header[] = {0, 3, 0, period_us < 1 ? 1 : static_cast<uint64_t>(period_us), 0};
  for (const uint64_t value : header) put_word(out, value);
  put_guards(put_samples(profile, out), out);
  for (const uint64_t value : {0, 1, 0}) put_word(out, value);
  write_memory_map(profile, out);
  return out.status();
}

}  // namespace holmes
