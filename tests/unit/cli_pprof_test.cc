// profile.proto in and out: what is kept, and what is refused in which words.
#include "cli/error.h"
#include "cli/pprof_model.h"
#include "cli/profile_file.h"
#include "unit/cli_support.h"

namespace holmes::cli {
namespace {

RawProfile two_samples() {
  RawProfile raw;
  raw.sample_type("samples", "count").sample_type("cpu", "nanoseconds");
  raw.mapping(7, 0x1000, 0x9000, 0x200, "/bin/service", "abcdef");
  raw.location(11, 7, 0x1234).location(12, 7, 0x5678);
  raw.sample({11, 12}, {3, 30}, "worker").sample({12}, {1, 10});
  raw.comment("trigger: cpu");
  return raw;
}

std::string complaint(const std::string& bytes) {
  try {
    parse_pprof(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Pprof, KeepsSamplesLabelsMappingsAndComments) {
  const PprofModel model = parse_pprof(encode_pprof(parse_pprof(two_samples().bytes())));
  ASSERT_EQ(model.samples.size(), 2u);
  EXPECT_EQ(model.samples[0].values, (std::vector<int64_t>{3, 30}));
  ASSERT_EQ(model.samples[0].labels.size(), 1u);
  EXPECT_EQ(model.text(model.samples[0].labels[0].key), "thread");
  EXPECT_EQ(model.text(model.samples[0].labels[0].text), "worker");
  ASSERT_EQ(model.samples[0].locations.size(), 2u);
  EXPECT_EQ(model.locations[model.samples[0].locations[1]].address, 0x5678u);
  ASSERT_EQ(model.mappings.size(), 1u);
  EXPECT_EQ(model.mappings[0].offset, 0x200u);
  EXPECT_EQ(model.text(model.mappings[0].build_id), "abcdef");
  EXPECT_EQ(model.text(model.sample_types[1].unit), "nanoseconds");
  ASSERT_EQ(model.comments.size(), 1u);
  EXPECT_EQ(model.text(model.comments[0]), "trigger: cpu");
}

TEST(Pprof, ASampleTypeWithoutANameIsKept) {
  RawProfile raw;
  raw.sample_type("", "")
      .sample_type("cpu", "nanoseconds")
      .location(1, 0, 0x10)
      .sample({1}, {3, 30});
  const PprofModel model = parse_pprof(encode_pprof(parse_pprof(raw.bytes())));
  ASSERT_EQ(model.sample_types.size(), 2u);
  EXPECT_EQ(model.text(model.sample_types[0].type), "");
  EXPECT_EQ(model.text(model.sample_types[1].type), "cpu");
  EXPECT_EQ(model.samples[0].values, (std::vector<int64_t>{3, 30}));
}

// Under AddressSanitizer: nothing stands behind the last byte.
TEST(Pprof, AFlagThatIsCutOffIsDamage) {
  // A location of 3 bytes: field 1 is 5, and the tag of field 5 (is_folded) without its value.
  const std::string cut("\x22\x03\x08\x05\x28", 5);
  EXPECT_NE(complaint(cut).find("truncated"), std::string::npos);
}

TEST(Pprof, UnpackedNumbersAreReadToo) {
  RawProfile raw;
  raw.sample_type("threads", "count").location(1, 0, 0x10).location(2, 0, 0x20);
  {
    protozero::pbf_writer sample(raw.raw(), 2);
    sample.add_uint64(1, 2);
    sample.add_uint64(1, 1);
    sample.add_int64(2, 5);
  }
  const PprofModel model = parse_pprof(raw.bytes());
  ASSERT_EQ(model.samples.size(), 1u);
  EXPECT_EQ(model.samples[0].locations, (std::vector<uint32_t>{1, 0}));
  EXPECT_EQ(model.samples[0].values, (std::vector<int64_t>{5}));
}

TEST(Pprof, FieldsOfTheFutureAreSkipped) {
  RawProfile raw = two_samples();
  raw.raw().add_string(99, "new");
  EXPECT_EQ(parse_pprof(raw.bytes()).samples.size(), 2u);
}

TEST(Pprof, LocationsOfTheSameAddressBecomeOne) {
  RawProfile raw;
  raw.sample_type("threads", "count");
  raw.location(1, 0, 0x10).location(2, 0, 0x20).location(3, 0, 0x10);
  raw.sample({1, 2}, {1}).sample({3}, {1});
  PprofModel model = parse_pprof(raw.bytes());
  merge_equal_locations(model);
  EXPECT_EQ(model.locations.size(), 2u);
  EXPECT_EQ(model.samples[0].locations, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(model.samples[1].locations, (std::vector<uint32_t>{0}));
}

struct Damage {
  const char* name;
  std::string bytes;
  const char* complaint;  // a part of it
};

std::vector<Damage> damages() {
  std::vector<Damage> all;
  all.push_back({"no string table", "", "no string table"});
  RawProfile location_missing = two_samples();
  location_missing.sample({99}, {1, 1});
  all.push_back({"sample of a missing location", location_missing.bytes(), "location 99"});
  RawProfile mapping_missing = two_samples();
  mapping_missing.location(13, 55, 0x10);
  all.push_back({"location of a missing mapping", mapping_missing.bytes(), "mapping 55"});
  RawProfile twice = two_samples();
  twice.location(11, 7, 0x10);
  all.push_back({"two locations of one id", twice.bytes(), "two locations have the id 11"});
  RawProfile no_id = two_samples();
  no_id.location(0, 7, 0x10);
  all.push_back({"location without an id", no_id.bytes(), "a location has no id"});
  RawProfile values = two_samples();
  values.sample({11}, {1, 2, 3});
  all.push_back({"too many values", values.bytes(), "has 3 values instead of 2"});
  RawProfile text = two_samples();
  text.raw().add_int64(13, 4000);
  all.push_back({"comment out of range", text.bytes(), "a comment names string 4000"});
  RawProfile negative = two_samples();
  negative.raw().add_int64(14, -3);
  all.push_back({"negative string", negative.bytes(), "string number -3"});
  RawProfile function = two_samples();
  {
    protozero::pbf_writer location(function.raw(), 4);
    location.add_uint64(1, 77);
    protozero::pbf_writer line(location, 4);
    line.add_uint64(1, 5);
  }
  all.push_back({"line of a missing function", function.bytes(), "function 5"});
  RawProfile type = two_samples();
  type.raw().add_string(9, "noon");
  all.push_back({"time as text", type.bytes(), "field 9 of Profile has the wrong type"});
  const std::string good = two_samples().bytes();
  all.push_back({"cut", good.substr(0, good.size() - 3), "damaged or truncated"});
  // Field 12 (period): a varint of eleven bytes.
  all.push_back({"endless varint", good + '\x60' + std::string(10, '\xff') + '\x01', "varint"});
  all.push_back({"tag 0", good + std::string(1, '\0'), "damaged"});
  RawProfile first;
  first.sample_type("a", "b");
  all.push_back({"string 0 not empty", "\x32\x01x" + first.bytes(), "string 0 is not empty"});
  return all;
}

TEST(Pprof, DamageIsNamed) {
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.name);
    EXPECT_NE(complaint(damage.bytes).find(damage.complaint), std::string::npos)
        << complaint(damage.bytes);
  }
}

TEST(Pprof, AnyCutIsRefusedOrRead) {
  const std::string good = two_samples().bytes();
  for (size_t size = 0; size < good.size(); ++size) {
    // Cut between two fields it is a valid message that lacks strings: refused as well.
    EXPECT_NE(complaint(good.substr(0, size)), "accepted") << size;
  }
}

std::string file_complaint(const std::string& bytes) {
  try {
    ProfileFile file(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ProfileFile, DamagedGzipIsNamed) {
  const std::string good = two_samples().gzipped();
  EXPECT_EQ(file_complaint(good), "accepted");
  EXPECT_NE(file_complaint(good.substr(0, good.size() / 2)).find("truncated"), std::string::npos);
  std::string flipped = good;
  flipped[good.size() - 6] = static_cast<char>(flipped[good.size() - 6] ^ 0x55);  // its checksum
  EXPECT_NE(file_complaint(flipped).find("damaged gzip"), std::string::npos);
}

TEST(ProfileFile, WhatIsNoProfileIsNamed) {
  EXPECT_EQ(file_complaint(""), "the file is empty");
  EXPECT_NE(file_complaint("hello\n").find("not a profile"), std::string::npos);
  EXPECT_NE(file_complaint(std::string("\x7f"
                                       "ELF"))
                .find("not a profile"),
            std::string::npos);
}

TEST(Gzip, ABombIsStopped) {
  const std::string small = gzip(std::string(10 << 20, 'x'));
  ASSERT_LT(small.size(), 100u << 10);
  EXPECT_EQ(gunzip(small, 10 << 20).size(), 10u << 20);
  EXPECT_THROW(gunzip(small, (10 << 20) - 1), Error);
}

TEST(Gzip, MembersFollowEachOther) {
  EXPECT_EQ(gunzip(gzip("one ") + gzip("two"), 100), "one two");
}

}  // namespace
}  // namespace holmes::cli
