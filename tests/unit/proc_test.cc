#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "stats/stats.h"

namespace holmes {
namespace {

std::string fixture(const std::string& name) {
  std::ifstream file(TEST_DATA "/proc/" + name);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ProcStat, ReadsACapturedOne) {
  const auto stat = parse_proc_stat(fixture("stat"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm.view(), "cat");
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->ppid, 13967);
  EXPECT_EQ(stat->utime_ticks, 0u);
  EXPECT_EQ(stat->stime_ticks, 0u);
  EXPECT_EQ(stat->num_threads, 1u);
  EXPECT_EQ(stat->start_ticks, 216729u);
  EXPECT_EQ(stat->vsize_bytes, 3133440u);
  EXPECT_EQ(stat->rss_pages, 384u);
}

TEST(ProcStat, TellsEveryFieldFromItsNeighbours) {
  const auto stat =
      parse_proc_stat("7 (a) S 4 5 6 7 -1 9 10 11 12 13 14 15 16 17 18 -19 20 21 22 23 24 25 26\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->ppid, 4);
  EXPECT_EQ(stat->utime_ticks, 14u);
  EXPECT_EQ(stat->stime_ticks, 15u);
  EXPECT_EQ(stat->num_threads, 20u);
  EXPECT_EQ(stat->start_ticks, 22u);
  EXPECT_EQ(stat->vsize_bytes, 23u);
  EXPECT_EQ(stat->rss_pages, 24u);
}

TEST(ProcStat, TheNameMayLookLikeTheRest) {
  const std::string rest = " S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\n";
  for (const char* name : {"a) R 9 (b", "tmux: server", "))", "", "a\nb", "("}) {
    const auto stat = parse_proc_stat("7 (" + std::string(name) + ")" + rest);
    ASSERT_TRUE(stat) << name;
    EXPECT_EQ(stat->comm.view(), name);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->num_threads, 20u);
  }
}

TEST(ProcStat, RefusesWhatIsCutOrBroken) {
  const std::string whole = "7 (a) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24";
  ASSERT_TRUE(parse_proc_stat(whole));
  // The last field may be cut within its digits and nobody could tell; before that, everybody can.
  for (size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_FALSE(parse_proc_stat(whole.substr(0, size))) << whole.substr(0, size);
  }
  EXPECT_FALSE(parse_proc_stat("7 (a) S x 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24"));
  EXPECT_FALSE(parse_proc_stat(")("));
}

TEST(KbField, ReadsACapturedMeminfo) {
  EXPECT_EQ(parse_kb_field(fixture("meminfo"), "MemTotal"), uint64_t{24684096} * 1024);
}

TEST(KbField, MatchesWholeNamesAtLineStarts) {
  const char* text = "SwapPss:  7 kB\nXSwap: 6 kB\nSwap:\t     5 kB\n";
  EXPECT_EQ(parse_kb_field(text, "Swap"), 5u * 1024);
  EXPECT_EQ(parse_kb_field(text, "Pss"), std::nullopt);
}

TEST(KbField, RefusesWhatIsNoFigureInKb) {
  EXPECT_EQ(parse_kb_field("Threads:\t5\n", "Threads"), std::nullopt);
  EXPECT_EQ(parse_kb_field("Rss: -5 kB\n", "Rss"), std::nullopt);
  EXPECT_EQ(parse_kb_field("Rss: 5 MB\n", "Rss"), std::nullopt);
  EXPECT_EQ(parse_kb_field("Rss: 18446744073709551615 kB\n", "Rss"), std::nullopt);
  EXPECT_EQ(parse_kb_field("Rss:\n", "Rss"), std::nullopt);
  EXPECT_EQ(parse_kb_field("", "Rss"), std::nullopt);
}

TEST(SmapsRollup, ReadsACapturedOne) {
  const auto memory = parse_smaps_rollup(fixture("smaps_rollup"));
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->rss, 19704u * 1024);
  EXPECT_EQ(memory->pss, 15775u * 1024);
  EXPECT_EQ(memory->anonymous, 8968u * 1024);
  EXPECT_EQ(memory->file, (19704u - 8968) * 1024);
  EXPECT_EQ(memory->shmem, 0u);
  EXPECT_EQ(memory->shared_clean, 6628u * 1024);
  EXPECT_EQ(memory->private_clean, 4108u * 1024);
  EXPECT_EQ(memory->private_dirty, 8968u * 1024);
  EXPECT_EQ(memory->swap, 0u);
}

TEST(SmapsRollup, KindsAddUpToTheRss) {
  const auto memory = parse_smaps_rollup(
      "x [rollup]\nRss: 1000 kB\nPss: 800 kB\nPss_Shmem: 200 kB\nAnonymous: 500 kB\n"
      "AnonHugePages: 256 kB\nSwap: 3 kB\nLocked: 4 kB\nShared_Dirty: 9 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->shmem, 200u * 1024);
  EXPECT_EQ(memory->file, 300u * 1024);
  EXPECT_EQ(memory->huge, 256u * 1024);
  EXPECT_EQ(memory->swap, 3u * 1024);
  EXPECT_EQ(memory->locked, 4u * 1024);
  EXPECT_EQ(memory->shared_dirty, 9u * 1024);
}

TEST(SmapsRollup, OddFiguresNeverWrapAround) {
  const auto memory = parse_smaps_rollup("Rss: 10 kB\nAnonymous: 20 kB\nPss_Shmem: 30 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->anonymous, 10u * 1024);
  EXPECT_EQ(memory->shmem, 0u);
  EXPECT_EQ(memory->file, 0u);
}

TEST(SmapsRollup, NeedsTheRss) { EXPECT_FALSE(parse_smaps_rollup("Pss: 10 kB\n")); }

Reading reading(int64_t time_ms, int64_t cpu_ms) {
  return {time_ms * 1'000'000, cpu_ms * 1'000'000, 0, 0};
}

TEST(CpuPercent, IsOfTheUsableCores) {
  EXPECT_DOUBLE_EQ(cpu_percent(reading(0, 0), reading(1000, 500), 1), 50);
  EXPECT_DOUBLE_EQ(cpu_percent(reading(0, 0), reading(1000, 2000), 2), 100);
  EXPECT_DOUBLE_EQ(cpu_percent(reading(0, 0), reading(1000, 500), 0.5), 100);
  EXPECT_DOUBLE_EQ(cpu_percent(reading(5000, 70), reading(5010, 70.0 + 3), 1), 30);
}

TEST(CpuPercent, IsZeroWithoutTimeWorkOrCores) {
  EXPECT_EQ(cpu_percent(reading(5, 0), reading(5, 9), 1), 0);
  EXPECT_EQ(cpu_percent(reading(6, 0), reading(5, 9), 1), 0);
  EXPECT_EQ(cpu_percent(reading(0, 9), reading(5, 3), 1), 0);
  EXPECT_EQ(cpu_percent(reading(0, 0), reading(5, 3), 0), 0);
}

int64_t clock_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

TEST(Reading, IsBetweenWhatTheClocksSayAroundIt) {
  const int64_t time = clock_of(CLOCK_MONOTONIC), cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
  const auto now = take_reading(0);
  ASSERT_TRUE(now);
  EXPECT_GE(now->time_ns, time);
  EXPECT_LE(now->time_ns, clock_of(CLOCK_MONOTONIC));
  EXPECT_GE(now->cpu_ns, cpu);
  EXPECT_LE(now->cpu_ns, clock_of(CLOCK_PROCESS_CPUTIME_ID));
}

TEST(Reading, CountsAThreadWhileItLives) {
  const auto before = take_reading(0);
  std::atomic<bool> started{false}, stop{false};
  std::thread other([&] {
    started = true;
    started.notify_one();
    stop.wait(false);
  });
  started.wait(false);
  const auto during = take_reading(0);
  stop = true;
  stop.notify_one();
  other.join();
  ASSERT_TRUE(before && during);
  EXPECT_EQ(during->threads, before->threads + 1);
}

TEST(Reading, LeavesOwnThreadsOut) {
  const auto all = take_reading(0);
  ASSERT_TRUE(all);
  EXPECT_EQ(take_reading(all->threads - 1)->threads, 1u);
  EXPECT_EQ(take_reading(all->threads + 1)->threads, 0u);
}

TEST(Reading, SeesMemoryThatIsTouched) {
  constexpr size_t kBytes = size_t{64} << 20;
  const auto before = take_reading(0);
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const auto after = take_reading(0);
  munmap(memory, kBytes);
  ASSERT_TRUE(before && after);
  // The kernel keeps part of the count per thread and adds it up late: some hundred KiB.
  EXPECT_NEAR(static_cast<double>(after->rss_bytes) - static_cast<double>(before->rss_bytes),
              kBytes, double{2 << 20});
}

// Its own thread, so that the masks of the others stay as they are.
uint32_t cores_seen_from_a_thread_pinned_to(const cpu_set_t& mask) {
  uint32_t cores = 0;
  std::thread([&] {
    sched_setaffinity(0, sizeof mask, &mask);
    cores = affinity_cores();
  }).join();
  return cores;
}

TEST(Affinity, IsTheProcesssAndNotTheCallers) {
  cpu_set_t mask, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);
  const int cores = CPU_COUNT(&mask);
  EXPECT_EQ(affinity_cores(), static_cast<uint32_t>(cores));
  if (cores < 2) GTEST_SKIP() << "one core only: pinning changes nothing";
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &mask)) CPU_SET(cpu, &one);
  }
  EXPECT_GE(cores_seen_from_a_thread_pinned_to(one), 1u);
  ASSERT_EQ(sched_setaffinity(getpid(), sizeof one, &one), 0);
  const uint32_t pinned = cores_seen_from_a_thread_pinned_to(mask);
  ASSERT_EQ(sched_setaffinity(getpid(), sizeof mask, &mask), 0);
  EXPECT_EQ(pinned, 1u) << "the caller's own wide mask is the monitor's, not the service's";
}

TEST(Affinity, OfThreadsPinnedApartIsTheirSum) {
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);
  if (CPU_COUNT(&mask) < 2) GTEST_SKIP() << "one core only: nothing to pin apart";
  std::vector<cpu_set_t> ones;
  for (int cpu = 0; ones.size() < 2; ++cpu) {
    if (!CPU_ISSET(cpu, &mask)) continue;
    ones.emplace_back();
    CPU_ZERO(&ones.back());
    CPU_SET(cpu, &ones.back());
  }
  std::atomic<bool> pinned{false}, stop{false};
  std::thread worker([&] {
    sched_setaffinity(0, sizeof ones[1], &ones[1]);
    pinned = true;
    pinned.notify_one();
    stop.wait(false);
  });
  pinned.wait(false);
  sched_setaffinity(0, sizeof ones[0], &ones[0]);
  const uint32_t cores = affinity_cores();
  sched_setaffinity(0, sizeof mask, &mask);
  stop = true;
  stop.notify_one();
  worker.join();
  EXPECT_EQ(cores, 2u);
}

TEST(RealFiles, ReadFromTheStartAndReportErrors) {
  const FileReader files = real_files();
  char buffer[64];
  const long size = files.read(files.context, TEST_DATA "/proc/meminfo", std::span(buffer));
  ASSERT_EQ(size, 64);
  EXPECT_EQ(std::string(buffer, 9), "MemTotal:");
  EXPECT_LT(files.read(files.context, "/nowhere", std::span(buffer)), 0);
}

}  // namespace
}  // namespace holmes
