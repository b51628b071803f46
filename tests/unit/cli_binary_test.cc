// Names into binary profiles, as `go tool pprof` then shows them.
#include "cli/profile_file.h"
#include "unit/cli_support.h"

namespace holmes::cli {

__attribute__((noinline)) uint64_t lookup_in_caller() {
  const auto address = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  asm volatile("" ::: "memory");
  return address - 1;
}

__attribute__((always_inline)) inline uint64_t inlined_into_burner() {
  const uint64_t lookup = lookup_in_caller();
  asm volatile("" ::: "memory");
  return lookup;
}

__attribute__((noinline)) uint64_t burner() {
  const uint64_t lookup = inlined_into_burner();
  asm volatile("" ::: "memory");
  return lookup;
}

namespace {

RawProfile burner_profile() {
  const uint64_t lookup = burner();
  RawProfile raw;
  raw.sample_type("samples", "count").sample_type("cpu", "nanoseconds");
  raw.own_mapping_of(1, lookup);
  raw.mapping(2, 0x1000, 0x2000, 0, "/nowhere/lib.so", "0011");
  // Location 2 repeats location 1; 3 has no mapping of its own; 4 lies in a file that is not here.
  raw.location(1, 1, lookup).location(2, 1, lookup).location(3, 0, lookup).location(4, 2, 0x1800);
  raw.sample({1, 4}, {3, 30}, "worker").sample({2}, {1, 10}, "other").sample({3}, {1, 10});
  raw.comment("trigger: cpu");
  return raw;
}

PprofModel named_model() { return ProfileFile(named(burner_profile().gzipped())).take_model(); }

TEST(Binary, LocationsAreMergedAndSamplesKept) {
  const PprofModel model = named_model();
  ASSERT_EQ(model.locations.size(), 2u);
  ASSERT_EQ(model.samples.size(), 3u);
  EXPECT_EQ(model.samples[0].locations, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(model.samples[2].locations, (std::vector<uint32_t>{0}));
  EXPECT_EQ(model.text(model.samples[1].labels.at(0).text), "other");
}

TEST(Binary, InlinedFramesAreLinesOfOneLocation) {
  const PprofModel model = named_model();
  const PprofLocation& location = model.locations[0];
  ASSERT_EQ(location.lines.size(), 2u);
  const PprofFunction& inner = model.functions[location.lines[0].function];
  const PprofFunction& outer = model.functions[location.lines[1].function];
  EXPECT_EQ(model.text(inner.name), "holmes::cli::inlined_into_burner()");
  EXPECT_EQ(model.text(outer.name), "holmes::cli::burner()");
  EXPECT_EQ(model.text(outer.system_name), "_ZN6holmes3cli6burnerEv");
  EXPECT_GT(outer.start_line, 0);
  EXPECT_GT(location.lines[1].line, outer.start_line);
}

TEST(Binary, MappingsSayWhatIsKnownOfThem) {
  const PprofModel model = named_model();
  ASSERT_EQ(model.mappings.size(), 2u);
  const PprofMapping& own = model.mappings[0];
  EXPECT_TRUE(own.has_functions && own.has_filenames && own.has_line_numbers);
  EXPECT_TRUE(own.has_inline_frames);
  EXPECT_FALSE(model.mappings[1].has_functions);
}

TEST(Binary, WhatHasNoNameIsSaidInAComment) {
  const PprofModel model = named_model();
  ASSERT_EQ(model.comments.size(), 2u);
  EXPECT_EQ(model.text(model.comments[0]), "trigger: cpu");
  EXPECT_EQ(model.text(model.comments[1]), "holmes: no names for /nowhere/lib.so: no such file");
}

TEST(Binary, NamingTwiceChangesNothing) {
  const std::string once = named(burner_profile().gzipped());
  EXPECT_EQ(named(once), once);
}

TEST(Binary, UncompressedInputIsAccepted) {
  EXPECT_EQ(named(burner_profile().bytes()), named(burner_profile().gzipped()));
}

TEST(Binary, GoPprofShowsItWithoutTheProgram) {
  if (!have("go")) GTEST_SKIP() << "no go tool pprof here";
  const TempFolder folder;
  const std::string path = folder.write("cpu.pb.gz", named(burner_profile().gzipped()));
  int code = 0;
  // No nm, addr2line or objdump: the names can only come from the profile.
  const std::string raw = output_of(
      "PPROF_TOOLS=/nowhere PPROF_BINARY_PATH=/nowhere go tool pprof -raw " + path, &code);
  EXPECT_EQ(code, 0) << raw;
  EXPECT_NE(raw.find("holmes::cli::inlined_into_burner()"), std::string::npos) << raw;
  EXPECT_NE(raw.find("cli_binary_test.cc"), std::string::npos) << raw;
  EXPECT_NE(raw.find("thread:[worker]"), std::string::npos) << raw;
  EXPECT_NE(raw.find("[FN][FL][LN][IN]"), std::string::npos) << raw;
}

}  // namespace
}  // namespace holmes::cli
