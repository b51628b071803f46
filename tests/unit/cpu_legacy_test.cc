#include "output/cpu_legacy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "output_support.h"

namespace holmes {
namespace {

using test::ProfileBuilder;
using test::RawProfile;
using test::StringSink;
using test::TempDir;

std::string legacy_of(ProfileBuilder& builder) {
  StringSink sink;
  EXPECT_TRUE(write_cpu_legacy(builder.profile(), sink).is_ok());
  return sink.text;
}

RawProfile read_back(const std::string& bytes) {
  const TempDir dir;
  test::write_text(dir / "a.cpu.txt", bytes);
  return RawProfile::of(dir / "a.cpu.txt");
}

std::vector<RawProfile::RawSample> weighty(const RawProfile& raw) {
  std::vector<RawProfile::RawSample> samples;
  for (const auto& sample : raw.samples) {
    if (sample.values.at(0) != 0) samples.push_back(sample);
  }
  return samples;
}

TEST(CpuLegacy, words_are_those_of_gperftools) {
  ProfileBuilder b(ProfileKind::cpu);
  b.sample(b.stack({0x400123, 0x400456}, b.stack({4242})), {7, 70000000});
  b.edit().memory_map = "400000-500000 r-xp 00000000 08:01 1 /bin/spin\n";
  const std::string bytes = legacy_of(b);
  const uint64_t expected[] = {
      0, 3,        0,        10000, 0, 7,
      2, 0x400123, 0x400457, 0,     1, 1,  // kept from being taken for a signal handler
      0, 1,        0};
  ASSERT_GT(bytes.size(), sizeof expected);
  EXPECT_EQ(std::memcmp(bytes.data(), expected, sizeof expected), 0);
  EXPECT_EQ(bytes.substr(sizeof expected), b.profile().memory_map);
}

TEST(CpuLegacy, go_reads_counts_addresses_and_mappings) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::cpu);
  b.mapping(0x400000, 0x500000, 0, "/bin/spin");
  b.mapping(0x7f0000000000, 0x7f0000200000, 0x28000, "/lib/libm.so.6");
  b.sample(b.stack({0x400123, 0x400456, 0x400789}), {7, 70000000});
  b.sample(b.stack({0x7f0000000042, 0x400456}), {2, 20000000});
  b.sample(0, {1, 10000000});
  const RawProfile raw = read_back(legacy_of(b));
  EXPECT_EQ(raw.types, "samples/count cpu/nanoseconds");
  const auto samples = weighty(raw);
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].values, (std::vector<int64_t>{7, 70000000}));
  EXPECT_EQ(samples[0].addresses, (std::vector<uint64_t>{0x400123, 0x400456, 0x400789}));
  EXPECT_EQ(samples[1].addresses, (std::vector<uint64_t>{0x7f0000000042, 0x400456}));
  EXPECT_EQ(samples[2].values, (std::vector<int64_t>{1, 10000000}));
  EXPECT_EQ(raw.mapping_of.at(0x7f0000000042), "M=2");
}

// A dead loop below one caller: what both readers would take for the profiler's own frame.
TEST(CpuLegacy, a_second_frame_that_all_samples_share_is_kept_by_both_readers) {
  SKIP_WITHOUT("go");
  SKIP_WITHOUT("google-pprof");
  for (const uintptr_t stacks : {1, 5, 31, 32, 300}) {
    ProfileBuilder b(ProfileKind::cpu);
    b.mapping(0x400000, 0x500000, 0, "/bin/spin");
    for (uintptr_t i = 0; i < stacks; ++i) {
      b.sample(b.stack({0x400100 + 2 * i, 0x400f00, 0x400f80}), {3, 30000000});
    }
    const std::string bytes = legacy_of(b);
    const auto samples = weighty(read_back(bytes));
    ASSERT_EQ(samples.size(), stacks);
    for (const auto& sample : samples) {
      EXPECT_EQ(sample.addresses.size(), 3u);
      EXPECT_EQ(sample.addresses.at(1), 0x400f00u);
    }
    const TempDir dir;
    test::write_text(dir / "a.cpu.txt", bytes);
    const test::Ran google =
        test::run("google-pprof --text --addresses /bin/true '" + dir / "a.cpu.txt" + "' 2>&1");
    EXPECT_EQ(google.output.find("Removing"), std::string::npos) << google.output;
    const std::string total = "Total: " + std::to_string(3 * stacks) + " samples";
    EXPECT_NE(google.output.find(total), std::string::npos) << google.output;
    EXPECT_NE(google.output.find("0000000000400f00"), std::string::npos) << google.output;
  }
}

TEST(CpuLegacy, google_pprof_finds_names_through_the_memory_map) {
  SKIP_WITHOUT("google-pprof");
  ProfileBuilder b(ProfileKind::cpu);
  const auto here = reinterpret_cast<uintptr_t>(&holmes::write_cpu_legacy) + 8;
  b.sample(b.stack({here}), {5, 50000000});
  const std::string maps = test::own_maps();
  b.edit().memory_map = maps;
  const TempDir dir;
  test::write_text(dir / "a.cpu.txt", legacy_of(b));
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const test::Ran ran =
      test::run("google-pprof --text '" + program + "' '" + dir / "a.cpu.txt" + "'");
  EXPECT_NE(ran.output.find("write_cpu_legacy"), std::string::npos) << ran.output;
}

TEST(CpuLegacy, another_kind_is_refused_and_sink_errors_come_out) {
  ProfileBuilder heap(ProfileKind::heap);
  StringSink sink;
  EXPECT_EQ(write_cpu_legacy(heap.profile(), sink).error(), EINVAL);
  ProfileBuilder b(ProfileKind::cpu);
  b.sample(b.stack({0x400100}), {3, 30000000});
  StringSink full(50);
  EXPECT_EQ(write_cpu_legacy(b.profile(), full).error(), ENOSPC);
}

}  // namespace
}  // namespace holmes
