// What a sample costs behind the countdown, and what a released block costs before the allocator
// has it.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <vector>

#include "capture/heap_profile.h"
#include "capture/sampling.h"
#include "profile/stack_table.h"

namespace {

constexpr uint64_t kMean = uint64_t{512} << 10;
constexpr size_t kDepth = 20;
using Stack = std::array<uintptr_t, kDepth>;

// Stacks that share their outer half.
std::vector<Stack> stacks(size_t count) {
  std::vector<Stack> made(count);
  for (size_t i = 0; i < count; ++i) {
    for (size_t frame = 0; frame < kDepth; ++frame) {
      made[i][frame] = frame < kDepth / 2 ? 0x400000 + i * 0x1000 + frame : 0x100000 + frame * 0x10;
    }
  }
  return made;
}

void weight(benchmark::State& state) {
  size_t size = 16;
  for (auto _ : state) {
    benchmark::DoNotOptimize(holmes::sample_weight(size, kMean));
    size = size * 5 % 524287;
  }
}
BENCHMARK(weight);

void gap(benchmark::State& state) {
  holmes::ThreadState thread{};
  for (auto _ : state) benchmark::DoNotOptimize(holmes::next_gap(thread, kMean));
}
BENCHMARK(gap);

// A stack of 20 frames that was met before; the argument: how many take turns.
void known_stack(benchmark::State& state) {
  const auto known = stacks(static_cast<size_t>(state.range(0)));
  holmes::StackTable table;
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.intern(known[at]));
    if (++at == known.size()) at = 0;
  }
  table.clear();
}
BENCHMARK(known_stack)->Arg(1)->Arg(100)->Arg(10'000)->Arg(100'000);

// A block that comes and goes beside so many others that live.
void record_and_forget(benchmark::State& state) {
  const auto profile = std::make_unique<holmes::HeapProfile>();
  const Stack stack = stacks(1)[0];
  for (int64_t i = 0; i < state.range(0); ++i) {
    profile->record(0x10000000 + static_cast<uintptr_t>(i) * 4096, 4096, kMean, stack);
  }
  for (auto _ : state) {
    profile->record(0x5000, 4096, kMean, stack);
    benchmark::DoNotOptimize(profile->forget(0x5000));
  }
}
BENCHMARK(record_and_forget)->Arg(0)->Arg(2'000)->Arg(200'000);

// The look that every free takes on allocators other than glibc's, and what passes it by chance.
void look_before_free(benchmark::State& state) {
  const auto profile = std::make_unique<holmes::HeapProfile>();
  const Stack stack = stacks(1)[0];
  for (int64_t i = 0; i < state.range(0); ++i) {
    profile->record(0x10000000 + static_cast<uintptr_t>(i) * 4096, 4096, kMean, stack);
  }
  uintptr_t address = 0x30000010;
  int64_t passed = 0;
  for (auto _ : state) {
    if (profile->may_hold(address)) passed += profile->forget(address) ? 0 : 1;
    address += 48;
  }
  state.counters["passed"] =
      benchmark::Counter(static_cast<double>(passed), benchmark::Counter::kAvgIterations);
}
BENCHMARK(look_before_free)->Arg(0)->Arg(2'000)->Arg(200'000);

}  // namespace
