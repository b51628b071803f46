// The tables that many threads change without a lock, with more threads than cores, readers among
// the writers, and for ThreadSanitizer. Each ends after a fixed number of rounds, with sums that
// must be exact.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "capture/frame_scratch.h"
#include "capture/heap_profile.h"
#include "capture/key_table.h"
#include "profile/chunked_array.h"
#include "profile/stack_table.h"

namespace holmes {
namespace {

constexpr unsigned kThreads = 8;

// Runs work(0) … work(kThreads - 1) at once, and `look` again and again until they have ended.
void at_once(
    const std::function<void(unsigned)>& work, const std::function<void()>& look = [] {}) {
  std::atomic<unsigned> running{kThreads};
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      work(number);
      running.fetch_sub(1);
    });
  }
  do {
    look();
  } while (running.load() != 0);
  for (std::thread& thread : threads) thread.join();
}

// ---- KeyTable
// ------------------------------------------------------------------------------------

struct Mirror {
  uint64_t key;
  uint64_t inverse;
};

bool fits(uint64_t key, const Mirror& value) { return value.key == key && value.inverse == ~key; }

// A box through which blocks reach another thread, as when one allocates and another frees.
class Handover {
 public:
  // What lay there before; 0: nothing.
  uint64_t put(unsigned place, uint64_t key) {
    return places_[place % kPlaces].exchange(key, std::memory_order_acq_rel);
  }
  static constexpr unsigned kPlaces = 512;

 private:
  std::atomic<uint64_t> places_[kPlaces] = {};
};

TEST(TablesStress, KeysThatChangeHandsAreRemovedOnceAndSeenWhole) {
  constexpr uint64_t kRounds = 100'000;
  KeyTable<Mirror> table;
  Handover box;
  std::atomic<uint64_t> wrong{0};
  at_once(
      [&](unsigned number) {
        std::mt19937_64 random(number);
        for (uint64_t i = 0; i < kRounds; ++i) {
          const uint64_t key = (uint64_t{number + 1} << 40) + i * 16;
          Mirror value{};
          if (!table.insert(key, {key, ~key})) ++wrong;
          if (!table.find(key, value) || !fits(key, value)) ++wrong;
          const uint64_t other = box.put(static_cast<unsigned>(random()), key);
          if (other == 0) continue;
          if (!table.remove(other, &value) || !fits(other, value)) ++wrong;
          if (table.remove(other)) ++wrong;
        }
      },
      [&] {
        table.for_each([&](uint64_t key, const Mirror& value) { wrong += !fits(key, value); });
      });
  EXPECT_EQ(wrong, 0u);
  size_t left = 0;
  table.for_each([&](uint64_t, const Mirror&) { ++left; });
  size_t boxed = 0;
  for (unsigned place = 0; place < Handover::kPlaces; ++place) {
    const uint64_t key = box.put(place, 0);
    if (key == 0) continue;
    ++boxed;
    EXPECT_TRUE(table.remove(key));
  }
  EXPECT_EQ(left, boxed);
  table.clear();
}

// ---- StackTable
// ----------------------------------------------------------------------------------

// Stack `number` of many that share their roots.
std::vector<uintptr_t> stack_of(uintptr_t number) {
  std::vector<uintptr_t> frames;
  for (uintptr_t rest = number + 1; rest != 0; rest /= 3) frames.push_back(0x1000 + rest);
  return frames;
}

// The addresses below a node, or nothing where it leads in a circle or upwards.
std::vector<uintptr_t> walk(const StackTable& table, StackId id) {
  std::vector<uintptr_t> frames;
  for (; id != 0; id = table.parent(id)) {
    if (frames.size() == kMaxFrames) return {};
    frames.push_back(table.pc(id));
  }
  return frames;
}

TEST(TablesStress, StacksKeepTheirNumbersAndSumsAreExact) {
  constexpr uintptr_t kStacks = 20'000;
  constexpr uintptr_t kRounds = 50'000;
  StackTable table;
  std::vector<std::atomic<StackId>> numbers(kStacks);
  std::atomic<uint64_t> wrong{0};
  at_once(
      [&](unsigned number) {
        std::mt19937_64 random(number);
        for (uintptr_t i = 0; i < kRounds; ++i) {
          const uintptr_t which = random() % kStacks;
          const StackId id = table.intern(stack_of(which));
          StackId before = 0;
          if (!numbers[which].compare_exchange_strong(before, id) && before != id) ++wrong;
          table.count(id, 1, which);
        }
      },
      [&] {
        for (uintptr_t which = 0; which < kStacks; which += 7) {
          const StackId id = numbers[which].load();
          if (id != 0 && walk(table, id) != stack_of(which)) ++wrong;
        }
      });
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(table.lost(), 0u);
  uint64_t counts = 0;
  for (uintptr_t which = 0; which < kStacks; ++which) {
    const StackTable::Totals totals = table.totals(numbers[which]);
    EXPECT_EQ(totals.second, totals.first * which);
    counts += totals.first;
  }
  EXPECT_EQ(counts, uint64_t{kThreads} * kRounds);
  table.clear();
}

// ---- FrameScratch
// --------------------------------------------------------------------------------

// Takes a buffer, lets a deeper one be taken (a handler that interrupts), and looks whether anybody
// else has written into it.
unsigned disturbed(uintptr_t mark, unsigned depth) {
  const FrameScratch scratch;
  if (!scratch) return 0;  // all are taken: a sample less
  const auto frames = scratch.frames();
  std::fill(frames.begin(), frames.end(), mark + depth);
  const unsigned below = depth == 0 ? 0 : disturbed(mark, depth - 1);
  const bool whole = std::all_of(frames.begin(), frames.end(),
                                 [&](uintptr_t frame) { return frame == mark + depth; });
  return below + (whole ? 0 : 1);
}

TEST(TablesStress, ScratchBuffersBelongToOneUserAtATime) {
  std::atomic<unsigned> wrong{0};
  at_once([&](unsigned number) {
    // Eight threads, each up to twelve deep: more than there are buffers.
    for (unsigned i = 0; i < 1'500; ++i) wrong += disturbed(uintptr_t{number + 1} << 32, i % 12);
  });
  EXPECT_EQ(wrong, 0u);
  // All have come back.
  std::vector<std::unique_ptr<FrameScratch>> all;
  while (all.empty() || *all.back()) all.push_back(std::make_unique<FrameScratch>());
  EXPECT_EQ(all.size(), 64u + 1);
}

// ---- HeapProfile
// ---------------------------------------------------------------------------------

TEST(TablesStress, BlocksFreedByOtherThreadsLeaveNothingBehind) {
  constexpr uint64_t kRounds = 20'000;
  const auto heap = std::make_unique<HeapProfile>();
  heap->set_mean(1);
  Handover box;
  std::atomic<uint64_t> wrong{0};
  at_once(
      [&](unsigned number) {
        std::mt19937_64 random(number);
        for (uint64_t i = 0; i < kRounds; ++i) {
          const uintptr_t address = (uintptr_t{number + 1} << 32) + i * 64;
          heap->record(address, 4096, heap->mean(), stack_of(random() % 500), i % 3 == 0);
          if (!heap->may_hold(address)) ++wrong;
          const uintptr_t other = box.put(static_cast<unsigned>(random()), address);
          LiveBlock block{};
          if (other == 0) continue;
          if (!heap->may_hold(other) || !heap->forget(other, &block)) ++wrong;
          if (i % 5 != 0) continue;
          heap->restore(other, block);  // a realloc that failed
          if (!heap->forget(other)) ++wrong;
        }
      },
      [&] {
        Arena arena;
        Profile profile;
        wrong += !heap->snapshot(arena, profile);
        for (const Sample& sample : profile.samples) wrong += sample.values[0] < 1;
      });
  for (unsigned place = 0; place < Handover::kPlaces; ++place) {
    if (const uintptr_t address = box.put(place, 0)) wrong += !heap->forget(address);
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(heap->live_bytes(), 0u);
  EXPECT_EQ(heap->unmarked(), 0u);
  EXPECT_EQ(heap->samples(), kThreads * kRounds);
  EXPECT_EQ(heap->lost(), 0u);
}

// ---- ChunkedArray
// --------------------------------------------------------------------------------

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasShadow = true;  // terabytes of it: the address space cannot be limited
#else
constexpr bool kHasShadow = false;
#endif

// Lets mmap() fail, or not, for the whole process.
void let_memory_run_out(bool out, const rlimit& normal) {
  rlimit limit = normal;
  if (out) limit.rlim_cur = 4096;
  setrlimit(RLIMIT_AS, &limit);
}

TEST(TablesStress, IndicesAreHandedOutOnceThoughMemoryComesAndGoes) {
  if (kHasShadow) GTEST_SKIP() << "the address space of a sanitizer cannot be limited";
  constexpr uint32_t kWanted = 400;
  rlimit normal;
  ASSERT_EQ(getrlimit(RLIMIT_AS, &normal), 0);
  for (int round = 0; round < 60; ++round) {
    ChunkedArray<std::atomic<uint32_t>, 0, 20> array;
    std::atomic<uint32_t> twice{0};
    bool out = false;
    at_once(
        [&](unsigned) {
          // Until so many are had; each marks its element as its own.
          for (uint32_t had = 0; had < kWanted;) {
            const uint32_t index = array.allocate();
            if (index == 0) continue;
            twice += array.at(index).fetch_add(1) != 0;
            ++had;
          }
        },
        [&] { let_memory_run_out(out = !out, normal); });
    let_memory_run_out(false, normal);
    uint32_t marked = 0;
    for (uint32_t index = 1; index <= array.size(); ++index) marked += array.at(index).load() != 0;
    array.clear();
    ASSERT_EQ(twice, 0u) << "round " << round;
    ASSERT_EQ(marked, kThreads * kWanted) << "round " << round;
  }
}

}  // namespace
}  // namespace holmes
