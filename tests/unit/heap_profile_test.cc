// The sampler's arithmetic and the heap profile, fed with invented addresses and stacks.
#include "capture/heap_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "capture/sampling.h"

namespace holmes {
namespace {

constexpr uint64_t kMean = 512 << 10;

// A thread that allocates: what the malloc hook does, without malloc.
class Allocations {
 public:
  explicit Allocations(uint64_t seed, uint64_t mean = kMean) : mean_(mean) {
    state_.random = seed * 0x9E3779B97F4A7C15u | 1;
    state_.bytes_left = next_gap(state_, mean_);
  }
  // True: sampled.
  bool allocate(size_t size) {
    state_.bytes_left -= static_cast<int64_t>(size);
    return state_.bytes_left < 0 && countdown_expired(state_, mean_) != 0;
  }

 private:
  ThreadState state_{};
  uint64_t mean_;
};

struct Block {
  size_t size;
  int count;
};
// 16 bytes to 64 MiB; about as many bytes in each class, so that no class hides another's bias.
const std::vector<Block> kMixed = {{16, 400000},  {64, 100000}, {527, 12000},  {4096, 1600},
                                   {65536, 100},  {524288, 20}, {1 << 20, 10}, {3 << 20, 4},
                                   {16 << 20, 2}, {64 << 20, 1}};

struct Estimate {
  double bytes = 0;
  double objects = 0;
};

std::map<size_t, Estimate> estimate_once(uint64_t seed) {
  Allocations thread(seed);
  std::map<size_t, Estimate> result;
  std::mt19937_64 order(seed);
  std::vector<Block> left = kMixed;
  size_t remaining = 0;
  for (const Block& block : left) remaining += static_cast<size_t>(block.count);
  while (remaining > 0) {
    // Sizes interleaved: bursts of one size, as programs allocate.
    Block& block = left[order() % left.size()];
    const int burst = std::min<int>(block.count, 1 + static_cast<int>(order() % 5000));
    for (int i = 0; i < burst; ++i) {
      if (!thread.allocate(block.size)) continue;
      const double weight = sample_weight(block.size, kMean);
      result[block.size].objects += weight;
      result[block.size].bytes += weight * static_cast<double>(block.size);
    }
    block.count -= burst;
    remaining -= static_cast<size_t>(burst);
  }
  return result;
}

TEST(Sampling, EstimatesMixedSizesWithoutBias) {
  constexpr int kRuns = 200;
  std::map<size_t, std::vector<double>> bytes;
  for (int run = 1; run <= kRuns; ++run) {
    auto estimate = estimate_once(static_cast<uint64_t>(run));
    for (const Block& block : kMixed) bytes[block.size].push_back(estimate[block.size].bytes);
  }
  double chi = 0;
  for (const Block& block : kMixed) {
    const double truth = static_cast<double>(block.size) * block.count;
    double mean = 0;
    for (const double value : bytes[block.size]) mean += value / kRuns;
    double variance = 0;
    for (const double value : bytes[block.size]) {
      variance += (value - mean) * (value - mean) / (kRuns - 1);
    }
    const double error = std::sqrt(variance / kRuns);
    // A block of many means is always sampled: no scatter at all.
    const double allowed = std::max(3 * error, truth * 1e-9);
    EXPECT_NEAR(mean, truth, allowed) << "blocks of " << block.size;
    if (error > truth * 1e-9) chi += (mean - truth) * (mean - truth) / (error * error);
  }
  // All classes together: each of these ten terms is about 1.
  EXPECT_LT(chi, 30);
}

TEST(Sampling, TakesTheExpectedNumberOfSamples) {
  Allocations thread(7);
  int samples = 0;
  constexpr int kBlocks = 4'000'000;
  for (int i = 0; i < kBlocks; ++i) samples += thread.allocate(64);
  const double expected = kBlocks * -std::expm1(-64.0 / kMean);
  EXPECT_NEAR(samples, expected, 4 * std::sqrt(expected));
}

TEST(Sampling, WeightsAreThoseOfTheHeader) {
  EXPECT_NEAR(sample_weight(64, kMean), 8192.5, 0.01);
  EXPECT_NEAR(sample_weight(512 << 10, kMean), 1.58198, 1e-5);
  EXPECT_EQ(sample_weight(size_t{1} << 30, kMean), 1.0);
}

TEST(Sampling, IsOffWithoutAMean) {
  ThreadState state{};
  state.bytes_left = -1;
  EXPECT_EQ(countdown_expired(state, 0), 0u);
  EXPECT_EQ(state.bytes_left, kRecheckBytes);
}

TEST(Sampling, ANewThreadDoesNotBeginWithASample) {
  // Else every thread that allocates once would be sampled.
  int sampled = 0;
  for (int i = 0; i < 2000; ++i) {
    ThreadState state{};
    state.bytes_left = -100;
    sampled += countdown_expired(state, kMean) != 0;
  }
  EXPECT_LT(sampled, 10);  // 2000 x 100 bytes: 0.4 expected
}

TEST(Sampling, KeepsTheWeightOfTheGapWhileTheMeanChanges) {
  ThreadState state{};
  state.bytes_left = next_gap(state, 1000);
  state.bytes_left = -1;
  EXPECT_EQ(countdown_expired(state, 64000), 1000u);
  state.bytes_left = -1;
  EXPECT_EQ(countdown_expired(state, 64000), 64000u);
}

TEST(Sampling, StaysUnbiasedWhileTheMeanChanges) {
  constexpr int kRuns = 400;
  constexpr int kBlocks = 20000;
  double sum = 0;
  double squares = 0;
  for (int run = 1; run <= kRuns; ++run) {
    ThreadState state{};
    state.random = static_cast<uint64_t>(run) * 0x9E3779B97F4A7C15u | 1;
    state.bytes_left = next_gap(state, 4096);
    double bytes = 0;
    for (int i = 0; i < kBlocks; ++i) {
      const uint64_t now = i / 2000 % 2 == 0 ? 4096 : 65536;
      state.bytes_left -= 200;
      if (state.bytes_left >= 0) continue;
      if (const uint64_t mean = countdown_expired(state, now))
        bytes += 200 * sample_weight(200, mean);
    }
    sum += bytes;
    squares += bytes * bytes;
  }
  const double mean = sum / kRuns;
  const double error = std::sqrt((squares / kRuns - mean * mean) / kRuns);
  EXPECT_NEAR(mean, 200.0 * kBlocks, 3 * error);
}

TEST(Rate, StaysAsConfiguredWhileItIsCheap) {
  EXPECT_EQ(affordable_mean(kMean, kMean, 100, 1e-6), kMean);
  EXPECT_EQ(affordable_mean(kMean, 8 * kMean, 10, 1e-6), kMean);  // and comes back
}

TEST(Rate, GivesWayToAFloodOfAllocation) {
  // 4 GiB/s: 8192 samples/s at 512 KiB; at 2 µs each that would be 1.6 % of a core.
  const uint64_t mean = affordable_mean(kMean, kMean, 8192, 2e-6);
  EXPECT_EQ(mean, 4 * kMean);
  EXPECT_EQ(affordable_mean(kMean, mean, 2048, 2e-6), mean);  // and stays there
  EXPECT_EQ(affordable_mean(0, 0, 1e9, 1), 0u);
}

TEST(Rate, GivesWayToAVastHeap) {
  EXPECT_EQ(bearable_mean(kMean, kMean * kMostLive), kMean);
  EXPECT_EQ(bearable_mean(kMean, kMean * (kMostLive + 1)), 2 * kMean);
  EXPECT_EQ(bearable_mean(kMean, 100 * kMean * kMostLive), 128 * kMean);
  EXPECT_EQ(bearable_mean(0, 1), 0u);
}

// ---- The profile -------------------------------------------------------------------------------
class Heap : public testing::Test {
 protected:
  Heap() { heap_->set_mean(kMean); }

  void record(uintptr_t address, size_t size, uintptr_t function) {
    const uintptr_t stack[] = {function, 0x400000, 0x300000};
    heap_->record(address, size, kMean, stack);
  }
  // Values of the one sample whose leaf is `function`.
  std::vector<int64_t> values(uintptr_t function) {
    Arena arena;
    Profile profile;
    EXPECT_TRUE(heap_->snapshot(arena, profile));
    for (const Sample& sample : profile.samples) {
      if (profile.stacks->pc(sample.stack) != function) continue;
      return {sample.values, sample.values + 4};
    }
    return {};
  }

  std::unique_ptr<HeapProfile> heap_ = std::make_unique<HeapProfile>();
};

using Values = std::vector<int64_t>;

TEST_F(Heap, CountsAHugeBlockExactly) {
  record(0x10000000, size_t{1} << 30, 0x500000);
  EXPECT_EQ(values(0x500000), (Values{1, 1 << 30, 1, 1 << 30}));
  EXPECT_EQ(heap_->live_bytes(), uint64_t{1} << 30);
  EXPECT_TRUE(heap_->forget(0x10000000));
  EXPECT_EQ(values(0x500000), (Values{1, 1 << 30, 0, 0}));
  EXPECT_EQ(heap_->live_bytes(), 0u);
}

TEST_F(Heap, ForgetsOnlyWhatItKnows) {
  record(0x20000, 4096, 0x500000);
  EXPECT_FALSE(heap_->forget(0x30000));
  EXPECT_TRUE(heap_->may_hold(0x20000));
  EXPECT_TRUE(heap_->forget(0x20000));
  EXPECT_FALSE(heap_->forget(0x20000));
  EXPECT_FALSE(heap_->may_hold(0x20000));
}

TEST_F(Heap, ReplacesABlockWhoseFreeWasMissed) {
  record(0x20000, size_t{1} << 30, 0x500000);
  record(0x20000, size_t{2} << 30, 0x600000);
  EXPECT_EQ(values(0x500000), (Values{1, 1 << 30, 0, 0}));
  EXPECT_EQ(values(0x600000)[3], int64_t{2} << 30);
  EXPECT_TRUE(heap_->forget(0x20000));
  EXPECT_FALSE(heap_->forget(0x20000));
}

// As of a stack that the full table has no room for.
TEST_F(Heap, KeepsTheSumsOfBlocksWithoutAStack) {
  heap_->record(0x20000, size_t{1} << 30, kMean, {});
  heap_->record(0x40000, size_t{1} << 30, kMean, {});
  EXPECT_TRUE(heap_->forget(0x20000));
  EXPECT_EQ(heap_->live_bytes(), uint64_t{1} << 30);
  Arena arena;
  Profile profile;
  ASSERT_TRUE(heap_->snapshot(arena, profile));
  ASSERT_EQ(profile.samples.size(), 1u);
  const Sample sample = *profile.samples.begin();
  EXPECT_EQ(sample.stack, 0u);
  EXPECT_EQ(Values(sample.values, sample.values + 4),
            (Values{2, int64_t{2} << 30, 1, int64_t{1} << 30}));
}

TEST_F(Heap, CountsTheUnmarkedBlocksThatLive) {
  const uintptr_t pc = 0x500000;
  heap_->record(0x20008, 4096, size_t{1} << 19, {&pc, 1}, true);
  heap_->record(0x40000, 4096, size_t{1} << 19, {&pc, 1}, false);
  EXPECT_EQ(heap_->unmarked(), 1u);
  LiveBlock block{};
  ASSERT_TRUE(heap_->forget(0x20008, &block));
  EXPECT_EQ(heap_->unmarked(), 0u);
  heap_->restore(0x20008, block);
  EXPECT_EQ(heap_->unmarked(), 1u);
  heap_->record(0x20008, 4096, size_t{1} << 19, {&pc, 1}, false);
  EXPECT_EQ(heap_->unmarked(), 0u);
}

TEST_F(Heap, FilterTellsBlocksApart) {
  record(0x20000, 4096, 0x500000);
  EXPECT_TRUE(heap_->may_hold(0x20000));
  int looked_up = 0;
  for (uintptr_t address = 0x20010; address < 0x20010 + 16 * 4096; address += 16) {
    looked_up += heap_->may_hold(address);
  }
  EXPECT_LE(looked_up, 8);  // the next neighbours
}

// What allocators align lies powers of two apart.
TEST_F(Heap, FilterSpreadsAlignedBlocks) {
  constexpr int kLive = 256;
  for (const uintptr_t apart : {0x400, 0x1000, 0x10000, 0x200000, 0x400000}) {
    heap_ = std::make_unique<HeapProfile>();
    heap_->set_mean(kMean);
    for (uintptr_t i = 0; i < kLive; ++i) record(0x10000000 + i * apart, 4096, 0x500000);
    int looked_up = 0;
    for (uintptr_t i = 0; i < kLive; ++i) {
      looked_up += heap_->may_hold(0x10000000 + (kLive + i) * apart);
    }
    EXPECT_LE(looked_up, kLive / 64) << apart;
  }
}

TEST_F(Heap, RestoresAfterAFailedRealloc) {
  record(0x20000, size_t{1} << 30, 0x500000);
  LiveBlock block{};
  ASSERT_TRUE(heap_->forget(0x20000, &block));
  heap_->restore(0x20000, block);
  EXPECT_EQ(values(0x500000), (Values{1, 1 << 30, 1, 1 << 30}));
}

TEST_F(Heap, SumsEqualStacks) {
  for (uintptr_t i = 0; i < 83; ++i) record(0x100000 + i * 64, size_t{64} << 20, 0x500000);
  for (uintptr_t i = 0; i < 40; ++i) heap_->forget(0x100000 + i * 64);
  EXPECT_EQ(values(0x500000), (Values{83, int64_t{83} * (64 << 20), 43, int64_t{43} * (64 << 20)}));
}

TEST_F(Heap, HoldsManyBlocksAndStacks) {
  constexpr uintptr_t kBlocks = 200000;
  for (uintptr_t i = 0; i < kBlocks; ++i) record(0x10000 + i * 16, size_t{1} << 30, 0x500000 + i);
  EXPECT_EQ(heap_->lost(), 0u);
  Arena arena;
  Profile profile;
  ASSERT_TRUE(heap_->snapshot(arena, profile));
  EXPECT_EQ(profile.samples.size(), kBlocks);
  for (uintptr_t i = 0; i < kBlocks; ++i) ASSERT_TRUE(heap_->forget(0x10000 + i * 16)) << i;
  EXPECT_EQ(heap_->live_bytes(), 0u);
}

TEST_F(Heap, StaysWholeUnderManyThreads) {
  constexpr int kThreads = 8;
  constexpr uintptr_t kBlocks = 20000;
  std::vector<std::thread> threads;
  std::atomic<int> missing{0};
  for (uintptr_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uintptr_t i = 0; i < kBlocks; ++i) {
        const uintptr_t address = 0x1000000 * (t + 1) + (i % 512) * 16;
        if (i >= 512 && !heap_->forget(address)) ++missing;
        record(address, size_t{1} << 30, 0x500000 + i % 1000);
      }
    });
  }
  Arena arena;
  Profile profile;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(heap_->snapshot(arena, profile));
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(missing, 0);
  EXPECT_EQ(heap_->live_bytes(), uint64_t{kThreads} * 512 << 30);
  ASSERT_TRUE(heap_->snapshot(arena, profile));
  int64_t live = 0;
  int64_t all = 0;
  for (const Sample& sample : profile.samples) {
    live += sample.values[2];
    all += sample.values[0];
  }
  EXPECT_EQ(live, kThreads * 512);
  EXPECT_EQ(all, int64_t{kThreads} * kBlocks);
}

TEST(StackTable, NumbersEqualStacksEqually) {
  StackTable table;
  const uintptr_t a[] = {3, 2, 1};
  const uintptr_t b[] = {4, 2, 1};
  const StackId first = table.intern(a);
  EXPECT_EQ(table.intern(a), first);
  EXPECT_NE(table.intern(b), first);
  EXPECT_EQ(table.parent(first), table.parent(table.intern(b)));
  EXPECT_EQ(table.pc(first), 3u);
  EXPECT_EQ(table.size(), 4u);  // 1, 2, 3 and 4
  table.clear();
}

TEST(StackTable, TellsApartWhatBeginsOrEndsAlike) {
  StackTable table;
  const uintptr_t whole[] = {3, 2, 1};
  const uintptr_t without_root[] = {3, 2};
  const StackId root = table.intern(std::span(whole).last(1));
  const StackId id = table.intern(whole);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(table.intern(whole), id);
    EXPECT_NE(table.intern(without_root), id);
    EXPECT_EQ(table.intern(without_root, root), id);
    EXPECT_EQ(table.intern(std::span(whole).last(1)), root);
  }
  table.clear();
  EXPECT_EQ(table.intern(whole), 3u) << "nothing is known after clear()";
  table.clear();
}

TEST(StackTable, AgreesBetweenThreadsThatInsertTheSame) {
  StackTable table;
  constexpr int kThreads = 4;
  std::vector<std::vector<StackId>> ids(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uintptr_t i = 0; i < 30000; ++i) {
        const uintptr_t stack[] = {i, i / 3, i / 30, 7};
        ids[static_cast<size_t>(t)].push_back(table.intern(stack));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 1; t < kThreads; ++t) EXPECT_EQ(ids[static_cast<size_t>(t)], ids[0]);
  EXPECT_EQ(table.lost(), 0u);
  table.clear();
}

}  // namespace
}  // namespace holmes
