#include "output/text_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "output/heap_scale.h"
#include "output_support.h"

namespace holmes {
namespace {

using test::lines_of;
using test::ProfileBuilder;
using test::RawProfile;
using test::StringSink;
using test::TempDir;

constexpr int64_t kPeriod = 524288;
constexpr int64_t kGiB = 1 << 30;

std::string text_of(ProfileBuilder& builder, bool full_stack = true) {
  StringSink sink;
  EXPECT_TRUE(write_text_profile(builder.profile(), full_stack, builder.arena, sink).is_ok());
  return sink.text;
}

RawProfile read_back(const std::string& text) {
  const TempDir dir;
  test::write_text(dir / "a.txt", text);
  const test::Ran ran = test::pprof_raw(dir / "a.txt");
  EXPECT_EQ(ran.code, 0) << ran.output << text;
  return RawProfile::parse(ran.output);
}

// Go's scaleHeapSample, word for word.
HeapAmount as_go_reads(HeapAmount printed) {
  if (printed.objects == 0 || printed.bytes == 0) return {};
  const double average = static_cast<double>(printed.bytes) / static_cast<double>(printed.objects);
  const double scale = 1 / (1 - std::exp(-average / static_cast<double>(kPeriod)));
  return {static_cast<int64_t>(static_cast<double>(printed.objects) * scale),
          static_cast<int64_t>(static_cast<double>(printed.bytes) * scale)};
}

// The sum of what samples of blocks of these sizes stand for.
HeapAmount estimate_of(const std::vector<int64_t>& samples) {
  double objects = 0;
  double bytes = 0;
  for (const int64_t size : samples) {
    const double weight = 1 / -std::expm1(-static_cast<double>(size) / kPeriod);
    objects += weight;
    bytes += weight * static_cast<double>(size);
  }
  return {static_cast<int64_t>(objects + 0.5), static_cast<int64_t>(bytes + 0.5)};
}

double off(int64_t value, int64_t wanted) {
  return std::abs(static_cast<double>(value - wanted)) / static_cast<double>(wanted);
}

TEST(HeapScale, a_block_far_above_the_period_is_printed_as_it_is) {
  const HeapAmount printed = printed_heap_amount({1, kGiB}, kPeriod);
  EXPECT_EQ(printed.objects, 1);
  EXPECT_EQ(printed.bytes, kGiB);
  const HeapAmount seven = printed_heap_amount({7, 7 * (int64_t{100} << 20)}, kPeriod);
  EXPECT_EQ(seven.objects, 7);
  EXPECT_EQ(seven.bytes, 7 * (int64_t{100} << 20));
}

TEST(HeapScale, samples_of_one_size_come_back_as_themselves) {
  for (const int64_t size : {16, 64, 1000, 65536, 300000, 524288, 2 << 20, 1 << 30}) {
    for (const size_t count : {1, 2, 3, 7, 50, 200, 5000}) {
      const HeapAmount estimate = estimate_of(std::vector<int64_t>(count, size));
      const HeapAmount printed = printed_heap_amount(estimate, kPeriod);
      const HeapAmount read = as_go_reads(printed);
      EXPECT_EQ(printed.objects, static_cast<int64_t>(count)) << size;
      EXPECT_LE(off(read.bytes, estimate.bytes), 0.0001) << count << " x " << size;
      // Of a few large blocks the estimate is a fraction, which the profile rounds.
      EXPECT_LE(off(read.objects, estimate.objects), estimate.objects < 20 ? 0.5 : 0.05);
      const auto mean = static_cast<double>(printed.bytes) / static_cast<double>(count);
      EXPECT_NEAR(mean / static_cast<double>(size), 1, 0.06) << count << " x " << size;
    }
  }
}

TEST(HeapScale, bytes_are_right_whatever_sizes_a_stack_mixes) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    std::vector<int64_t> samples(1 + random() % 30);
    for (int64_t& size : samples)
      size = 16 + static_cast<int64_t>(random() % (16ull << random() % 24));
    const HeapAmount estimate = estimate_of(samples);
    const HeapAmount printed = printed_heap_amount(estimate, kPeriod);
    const HeapAmount read = as_go_reads(printed);
    ASSERT_GE(printed.objects, 1);
    ASSERT_LE(off(read.bytes, estimate.bytes), 0.01) << samples.size() << " samples";
  }
}

TEST(HeapScale, large_blocks_of_mixed_sizes_are_exact_to_the_byte) {
  std::mt19937_64 random(6);
  for (int i = 0; i < 5000; ++i) {
    std::vector<int64_t> samples(1 + random() % 30);
    for (int64_t& size : samples) size = 4 * kPeriod + static_cast<int64_t>(random() % (64 << 20));
    const HeapAmount estimate = estimate_of(samples);
    const HeapAmount printed = printed_heap_amount(estimate, kPeriod);
    ASSERT_EQ(printed.objects, static_cast<int64_t>(samples.size()));
    ASSERT_EQ(as_go_reads(printed).bytes, estimate.bytes);
  }
}

TEST(HeapScale, edges) {
  EXPECT_EQ(printed_heap_amount({0, 0}, kPeriod).objects, 0);
  EXPECT_EQ(printed_heap_amount({5, 0}, kPeriod).bytes, 0);
  // Less than a period: the least a line can say.
  EXPECT_EQ(printed_heap_amount({1, 100}, kPeriod).objects, 1);
  EXPECT_EQ(printed_heap_amount({1, 100}, kPeriod).bytes, 100);
  // Without sampling, numbers are what they are.
  EXPECT_EQ(printed_heap_amount({3, 100}, 1).objects, 3);
  EXPECT_EQ(printed_heap_amount({3, 100}, 1).bytes, 100);
  EXPECT_EQ(printed_heap_amount({0, 100}, 1).objects, 1) << "bytes without a block are refused";
}

TEST(TextProfile, one_huge_block_reads_as_in_the_contract) {
  ProfileBuilder b(ProfileKind::heap);
  b.mapping(0x555500000000, 0x555500100000, 0x1000, "/usr/bin/service");
  b.sample(b.stack({0x555500000998, 0x555500000110}), {1, kGiB, 1, kGiB});
  EXPECT_EQ(text_of(b),
            "heap profile: 1: 1073741824 [1: 1073741824] @ heap_v2/524288\n"
            "1: 1073741824 [1: 1073741824] @ 0x555500000999 0x555500000111\n"
            "\n--- Memory map: ---\n"
            "555500000000-555500100000 r-xp 1000 00:00 0 /usr/bin/service\n");
}

TEST(TextProfile, a_freed_block_has_nothing_in_use) {
  ProfileBuilder b(ProfileKind::heap);
  b.sample(b.stack({0x400000}), {1, kGiB, 0, 0});
  EXPECT_EQ(lines_of(text_of(b))[0], "heap profile: 0: 0 [1: 1073741824] @ heap_v2/524288");
  EXPECT_EQ(lines_of(text_of(b))[1], "0: 0 [1: 1073741824] @ 0x400001");
}

TEST(TextProfile, both_readers_see_our_estimates_of_a_heap) {
  SKIP_WITHOUT("go");
  SKIP_WITHOUT("google-pprof");
  ProfileBuilder b(ProfileKind::heap);
  b.mapping(0x400000, 0x500000, 0, "/bin/service");
  b.mapping(0x7f0000000000, 0x7f0000200000, 0x28000, "/lib/libc.so.6");
  // 244 and 200 samples of 64-byte blocks.
  b.sample(b.stack({0x400100, 0x400200}), {1998970, 127934080, 1638500, 104864000});
  b.sample(b.stack({0x7f0000001000, 0x400300}), {3, 3 * kGiB, 1, kGiB});
  b.sample(0, {10, 10 << 20, 10, 10 << 20});
  const std::string text = text_of(b);

  const RawProfile raw = read_back(text);
  EXPECT_EQ(raw.types,
            "alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes");
  ASSERT_EQ(raw.samples.size(), 3u);
  EXPECT_EQ(raw.samples[0].values, (std::vector<int64_t>{3, 3 * kGiB, 1, kGiB}));
  EXPECT_EQ(raw.samples[0].addresses, (std::vector<uint64_t>{0x7f0000001000, 0x400300}));
  EXPECT_LE(off(raw.samples[1].values[0], 1998970), 0.01);
  EXPECT_LE(off(raw.samples[1].values[1], 127934080), 0.0001);
  EXPECT_LE(off(raw.samples[1].values[2], 1638500), 0.01);
  EXPECT_LE(off(raw.samples[1].values[3], 104864000), 0.0001);
  EXPECT_EQ(raw.samples[1].addresses, (std::vector<uint64_t>{0x400100, 0x400200}));
  EXPECT_EQ(raw.samples[2].values[3], 10 << 20);
  EXPECT_EQ(raw.mapping_of.at(0x400100), "M=1");
  EXPECT_EQ(raw.mapping_of.at(0x7f0000001000), "M=2");

  const TempDir dir;
  test::write_text(dir / "a.heap.txt", text);
  const test::Ran google =
      test::run("google-pprof --text --inuse_space /bin/true '" + dir / "a.heap.txt" + "'");
  EXPECT_EQ(google.code, 0);
  EXPECT_EQ(lines_of(google.output).at(0), "Total: 1134.0 MB") << google.output;
  const test::Ran alloc =
      test::run("google-pprof --text --alloc_space /bin/true '" + dir / "a.heap.txt" + "'");
  EXPECT_EQ(lines_of(alloc.output).at(0), "Total: 3204.0 MB") << alloc.output;
}

TEST(TextProfile, groups_of_one_stack_are_summed_and_the_largest_comes_first) {
  ProfileBuilder b(ProfileKind::threads);
  b.thread(1, "a", "sleeping", "futex");
  b.thread(2, "b", "sleeping", "futex");
  for (int i = 0; i < 100; ++i) b.sample(b.stack({0x400100, 0x400fff}), {1}, i % 2);
  b.sample(b.stack({0x400200, 0x400fff}), {1});
  b.sample(b.stack({0x400fff}), {102});
  b.edit().memory_map = "400000-500000 r-xp 00000000 08:01 123 /bin/service";
  EXPECT_EQ(text_of(b),
            "threads profile: total 203\n"
            "102 @ 0x401000\n"
            "100 @ 0x400101 0x401000\n"
            "1 @ 0x400201 0x401000\n"
            "\n--- Memory map: ---\n"
            "400000-500000 r-xp 00000000 08:01 123 /bin/service\n");
}

TEST(TextProfile, go_reads_threads_and_threadcreate) {
  SKIP_WITHOUT("go");
  for (const ProfileKind kind : {ProfileKind::threads, ProfileKind::threadcreate}) {
    ProfileBuilder b(kind);
    b.sample(b.stack({0x400100, 0x400fff}), {100});
    b.sample(b.stack({0x400200}), {1});
    b.sample(0, {7});
    b.edit().memory_map =
        "400000-500000 r-xp 00000000 08:01 123 /bin/service\n"
        "500000-600000 rw-p 00000000 08:01 123 /bin/service\n";
    const RawProfile raw = read_back(text_of(b));
    EXPECT_EQ(raw.types, std::string(profile_name(kind)) + "/count");
    ASSERT_EQ(raw.samples.size(), 3u);
    EXPECT_EQ(raw.samples[0].values, (std::vector<int64_t>{100}));
    EXPECT_EQ(raw.samples[0].addresses, (std::vector<uint64_t>{0x400100, 0x400fff}));
    EXPECT_EQ(raw.samples[1].values, (std::vector<int64_t>{7}));
    EXPECT_EQ(raw.mapping_of.at(0x400100), "M=1");
  }
}

TEST(TextProfile, the_readers_survive_lines_of_names) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::threads);
  b.sample(b.stack({0x400100}), {3});
  std::string text = text_of(b);
  text.insert(text.find("\n\n---") + 1, "#\t0x400101\tfunction+0x1f\t/path/file.cc:30\n");
  EXPECT_EQ(read_back(text).samples.size(), 1u);
}

TEST(TextProfile, without_full_stack_the_ten_largest_groups_stay_and_the_total) {
  ProfileBuilder b(ProfileKind::threads);
  for (uintptr_t i = 1; i <= 25; ++i) {
    b.sample(b.stack({0x400000 + i}), {static_cast<int64_t>(i)});
  }
  const auto lines = lines_of(text_of(b, false));
  EXPECT_EQ(lines[0], "threads profile: total 325");
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(lines[1 + i].substr(0, 4), std::to_string(25 - i) + " @");
  }
  EXPECT_EQ(lines[11], "");
  EXPECT_EQ(lines_of(text_of(b, true)).size(), 25u + 3);
}

TEST(TextProfile, google_pprof_finds_names_through_the_memory_map) {
  SKIP_WITHOUT("google-pprof");
  ProfileBuilder b(ProfileKind::heap);
  const auto here = reinterpret_cast<uintptr_t>(&holmes::write_text_profile) + 8;
  b.sample(b.stack({here}), {1, kGiB, 1, kGiB});
  const std::string maps = test::own_maps();
  b.edit().memory_map = maps;
  const TempDir dir;
  test::write_text(dir / "a.heap.txt", text_of(b));
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const test::Ran ran =
      test::run("google-pprof --text '" + program + "' '" + dir / "a.heap.txt" + "'");
  EXPECT_NE(ran.output.find("write_text_profile"), std::string::npos) << ran.output;
}

TEST(TextProfile, an_empty_profile_is_read) {
  SKIP_WITHOUT("go");
  ProfileBuilder heap(ProfileKind::heap);
  EXPECT_TRUE(read_back(text_of(heap)).samples.empty());
  ProfileBuilder threads(ProfileKind::threads);
  EXPECT_TRUE(read_back(text_of(threads)).samples.empty());
}

TEST(TextProfile, cpu_is_refused_and_sink_errors_come_out) {
  ProfileBuilder cpu(ProfileKind::cpu);
  StringSink sink;
  EXPECT_EQ(write_text_profile(cpu.profile(), true, cpu.arena, sink).error(), EINVAL);
  ProfileBuilder b(ProfileKind::threads);
  b.sample(b.stack({0x400100}), {3});
  StringSink full(20);
  EXPECT_EQ(write_text_profile(b.profile(), true, b.arena, full).error(), ENOSPC);
}

}  // namespace
}  // namespace holmes
