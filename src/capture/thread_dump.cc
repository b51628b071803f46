#include "capture/thread_dump.h"

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/file.h"
#include "base/slice.h"
#include "base/text.h"
#include "capture/capture_signal.h"
#include "capture/memory_copy.h"
#include "capture/signal_permit.h"
#include "capture/stack_request.h"
#include "capture/tasks.h"
#include "capture/unwind.h"
#include "platform/syscall_names.h"

namespace holmes {
namespace {

// Enough for almost every stack. No bounds are looked up for it: a stack that ends before is
// followed by its neighbour's guard page, or by something that can be read and is not walked.
constexpr size_t kFirstCopy = kMostToTheEnd;
constexpr size_t kLargestCopy = size_t{4} << 20;
constexpr int64_t kAnswerTime = 100'000'000;
constexpr int64_t kLongestDoubt = 300'000'000;  // a few turns of a thread on a busy machine

// What /proc/self/task/T/syscall says of a thread that waits.
struct Waiting {
  long call = -1;
  uintptr_t sp = 0;
  uintptr_t pc = 0;
  bool operator==(const Waiting&) const = default;
};

uint64_t parse_number(std::string_view word) {
  const bool hex = word.starts_with("0x");
  if (hex) word.remove_prefix(2);
  uint64_t value = 0;
  for (const char c : word) {
    const auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    value = value * (hex ? 16 : 10) + digit;
  }
  return value;
}

// "202 0x7f… 0x89 … SP PC", "-1 SP PC" outside of a call, "running" while on a processor.
bool read_waiting(const UniqueFd& file, Waiting& waiting) {
  char buffer[256];
  const long size = read_proc_file(file, buffer);
  if (size <= 0) return false;
  std::string_view text(buffer, static_cast<size_t>(size));
  while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
  if (text.starts_with("running")) return false;
  const size_t last = text.rfind(' ');
  if (last == std::string_view::npos || last == 0) return false;
  const size_t before = text.rfind(' ', last - 1);
  if (before == std::string_view::npos) return false;
  waiting.pc = parse_number(after(text, last + 1));
  waiting.sp = parse_number(slice(text, before + 1, last - before - 1));
  waiting.call =
      text.front() == '-' ? -1 : static_cast<long>(parse_number(first(text, text.find(' '))));
  return waiting.pc != 0 && waiting.sp != 0;
}

FixedString<24> state_name(char state) {
  switch (state) {
    case 'R': return FixedString<24>("running");
    case 'S': return FixedString<24>("sleeping");
    case 'D': return FixedString<24>("disk sleep");
    case 'T': return FixedString<24>("stopped");
    case 't': return FixedString<24>("traced");
    case 'I': return FixedString<24>("idle");
    default: return FixedString<24>("unknown");
  }
}

// Stays empty where the thread has ended since.
void read_name(const TaskFolder& tasks, ThreadInfo& info) {
  char buffer[64];
  const long size = tasks.read(info.tid, "comm", buffer);
  if (size <= 0) return;
  info.name.assign({buffer, static_cast<size_t>(size) - (buffer[size - 1] == '\n' ? 1 : 0)});
}

// "tid (name) S …". False: the thread has ended, or is just doing so.
bool read_state(const TaskFolder& tasks, ThreadInfo& info) {
  char buffer[512];
  const long size = tasks.read(info.tid, "stat", buffer);
  if (size <= 0) return false;
  const std::string_view text(buffer, static_cast<size_t>(size));
  const size_t close = text.rfind(')');
  if (close == std::string_view::npos || close + 2 >= text.size()) return false;
  const char state = text[close + 2];
  info.state = state_name(state);
  return state != 'Z' && state != 'X';
}

void name_call(long call, ThreadInfo& info) {
  if (call < 0) return;
  const std::string_view name = blocking_call_name(call);
  if (!name.empty()) {
    info.waiting.assign(name);
    return;
  }
  TextBuffer<40> text;
  text.put("system call ").num(call);
  info.waiting.assign(text.view());
}

class Dumper {
 public:
  Dumper(Arena& arena, StackTable& stacks, LazyMemoryMap& map, ThreadDump& dump)
      : arena_(arena), stacks_(stacks), map_(map), dump_(dump) {}

  bool run(std::span<const int> tids);

 private:
  bool prepare(size_t count);
  bool read_passively(size_t index, long& call);
  bool keep_passively(size_t index);
  size_t copy_stack(uintptr_t low, size_t bytes);
  UnwindResult unwind_copy(Registers& registers, size_t bytes, std::span<uintptr_t> addresses);
  UnwindResult unwind_copies(const Waiting& waiting, size_t bytes);
  struct Doubt {
    size_t index;
    SignalPermit permit;
  };
  struct Asked {
    size_t places[kRequestSlots];
    int tids[kRequestSlots];
    size_t count = 0;
    void add(size_t place, int tid) {
      places[count] = place;
      tids[count++] = tid;
    }
  };
  bool settle(Doubt& doubt, bool last_chance, Asked& asked);
  void find_askable(std::span<const size_t> indices, int signal, Asked& asked);
  void ask(std::span<const size_t> indices);
  void keep(size_t index, std::span<const uintptr_t> stack);

  const TaskFolder tasks_;
  Arena& arena_;
  StackTable& stacks_;
  LazyMemoryMap& map_;
  ThreadDump& dump_;
  std::span<Sample> samples_;
  std::span<ThreadInfo> infos_;
  std::span<char> copy_;
  uintptr_t addresses_[kMaxFrames];
};

bool Dumper::prepare(size_t count) {
  samples_ = arena_.array<Sample>(count);
  infos_ = arena_.array<ThreadInfo>(count);
  copy_ = {static_cast<char*>(arena_.allocate(kFirstCopy)), kFirstCopy};
  return samples_.size() == count && infos_.size() == count && copy_.data() != nullptr;
}

void Dumper::keep(size_t index, std::span<const uintptr_t> stack) {
  samples_[index].stack = stacks_.intern(stack);
}

size_t Dumper::copy_stack(uintptr_t low, size_t bytes) {
  bytes = std::min(bytes, copy_.size());
  if (bytes <= kFirstCopy) return copy_to_the_end(low, copy_.data(), bytes);
  const Region region = find_region(map_.get().readable, low);
  const uintptr_t high = std::min(region.end, low + bytes);
  return high <= low ? 0 : copy_memory(low, copy_.data(), high - low);
}

UnwindResult Dumper::unwind_copy(Registers& registers, size_t bytes,
                                 std::span<uintptr_t> addresses) {
  const uintptr_t low = registers.sp & ~uintptr_t{7};
  const size_t copied = copy_stack(low, bytes) & ~size_t{7};
  if (copied == 0) return {};
  const intptr_t shift =
      static_cast<intptr_t>(reinterpret_cast<uintptr_t>(copy_.data())) - static_cast<intptr_t>(low);
  StackView view{low, low + copied, shift, false};
  return unwind_passively(registers, view, addresses);
}

// More than one where a handler waits on a stack of its own.
UnwindResult Dumper::unwind_copies(const Waiting& waiting, size_t bytes) {
  constexpr int kMaxStacks = 4;
  Registers at{waiting.pc, waiting.sp, 0, false};
  UnwindResult whole = unwind_copy(at, bytes, addresses_);
  for (int stacks = 1; whole.elsewhere && stacks < kMaxStacks; ++stacks) {
    const size_t frames = whole.frames;
    whole = unwind_copy(at, bytes, std::span(addresses_).subspan(frames));
    whole.frames += frames;
  }
  return whole;
}

bool Dumper::read_passively(size_t index, long& call) {
  const UniqueFd file = tasks_.open(infos_[index].tid, "syscall");
  Waiting before;
  Waiting after;
  for (int tries = 0; tries < 3; ++tries) {
    if (!read_waiting(file, before)) return false;
    UnwindResult result = unwind_copies(before, kFirstCopy);
    if (!result.complete && result.frames < kMaxFrames) {
      const uintptr_t end = find_region(map_.get().readable, before.sp).end;
      const size_t whole = std::min(end - before.sp, kLargestCopy);
      if (end > before.sp && whole > copy_.size()) {
        char* larger = static_cast<char*>(arena_.allocate(whole));
        if (larger != nullptr) copy_ = {larger, whole};
      }
      if (whole > kFirstCopy) result = unwind_copies(before, whole);
    }
    if (!read_waiting(file, after) || !(before == after)) continue;
    if (result.frames == 0) return false;
    call = before.call;
    keep(index, {addresses_, result.frames});
    return true;
  }
  return false;
}

// The call says more of a waiting thread than its state, which is dear to read.
bool Dumper::keep_passively(size_t index) {
  long call = -1;
  if (!read_passively(index, call)) return false;
  ThreadInfo& info = infos_[index];
  name_call(call, info);
  if (is_sleeping_call(call)) {
    info.state = state_name('S');
  } else {
    read_state(tasks_, info);
  }
  return true;
}

// A thread that runs now may wait a moment later, and is then read as the others are.
bool Dumper::settle(Doubt& doubt, bool last_chance, Asked& asked) {
  switch (doubt.permit.look()) {
    case SignalPermit::Answer::must_not: ++dump_.silent; return true;
    case SignalPermit::Answer::runs: asked.add(doubt.index, infos_[doubt.index].tid); return true;
    case SignalPermit::Answer::waits:
      if (keep_passively(doubt.index)) {
        ++dump_.passive;
        return true;
      }
      break;
    case SignalPermit::Answer::unclear: break;
  }
  if (!last_chance) return false;
  if (doubt.permit.is_plausible()) {
    asked.add(doubt.index, infos_[doubt.index].tid);
  } else {
    ++dump_.silent;
  }
  return true;
}

void Dumper::find_askable(std::span<const size_t> indices, int signal, Asked& asked) {
  Doubt doubts[kRequestSlots];
  size_t left = indices.size();
  for (size_t i = 0; i < left; ++i) {
    doubts[i] = {indices[i], SignalPermit(infos_[indices[i]].tid, signal)};
  }
  const int64_t deadline = monotonic_ns() + kLongestDoubt;
  while (left > 0) {
    const bool last_chance = monotonic_ns() > deadline;
    size_t still = 0;
    for (size_t i = 0; i < left; ++i) {
      if (!settle(doubts[i], last_chance, asked)) doubts[still++] = doubts[i];
    }
    left = still;
    if (left > 0) pause_between_looks();
  }
}

void Dumper::ask(std::span<const size_t> indices) {
  const CaptureSignal in_use(!indices.empty());
  if (in_use.number() == 0) {
    dump_.silent += static_cast<uint32_t>(indices.size());
    return;
  }
  for (size_t begin = 0; begin < indices.size(); begin += kRequestSlots) {
    Asked asked;
    const size_t count = std::min(indices.size() - begin, kRequestSlots);
    find_askable(indices.subspan(begin, count), in_use.number(), asked);
    StackAnswer answers[kRequestSlots];
    request_stacks(in_use.number(), {asked.tids, asked.count}, monotonic_ns() + kAnswerTime,
                   answers);
    for (size_t i = 0; i < asked.count; ++i) {
      if (answers[i].stack.empty()) {
        ++dump_.silent;
        continue;
      }
      ++dump_.asked;
      dump_.max_pause_ns = std::max(dump_.max_pause_ns, answers[i].pause_ns);
      keep(asked.places[i], answers[i].stack);
    }
  }
}

bool Dumper::run(std::span<const int> tids) {
  if (!prepare(tids.size())) return false;
  const auto running = arena_.array<size_t>(tids.size());
  if (running.size() < tids.size()) return false;
  size_t asked = 0;
  size_t count = 0;
  for (const int tid : tids) {
    const size_t i = count;
    infos_[i].tid = tid;
    if (keep_passively(i)) {
      ++dump_.passive;
    } else if (read_state(tasks_, infos_[i])) {
      running[asked++] = i;
    } else {
      continue;
    }
    samples_[i].thread = static_cast<int32_t>(i);
    samples_[i].values[0] = 1;
    ++count;
  }
  ask(running.first(asked));
  dump_.last_sample_ns = monotonic_ns();
  // Names can wait, a third of the work: the stacks are so much nearer to one moment.
  for (size_t i = 0; i < count; ++i) read_name(tasks_, infos_[i]);
  dump_.profile.kind = ProfileKind::threads;
  dump_.profile.stacks = &stacks_;
  dump_.profile.samples = samples_.first(count);
  dump_.profile.threads = infos_.first(count);
  dump_.profile.period = 1;
  dump_.profile.dropped = dump_.silent;
  return true;
}

}  // namespace

bool dump_threads(Arena& arena, StackTable& stacks, LazyMemoryMap& map, ThreadDump& dump) {
  const std::span<int> tids = list_tasks(arena);
  if (tids.empty()) return false;
  auto* memory = arena.allocate(sizeof(Dumper));
  if (memory == nullptr) return false;
  auto* dumper = new (memory) Dumper(arena, stacks, map, dump);
  const bool done = dumper->run(tids);
  dumper->~Dumper();
  return done;
}

}  // namespace holmes
