#include "output/pprof_proto.h"

#include <gtest/gtest.h>

#include <random>

#include "output/gzip_stored.h"
#include "output/proto_wire.h"
#include "output_support.h"
#include "profile/frames.h"

namespace holmes {
namespace {

using test::ProfileBuilder;
using test::RawProfile;
using test::StringSink;
using test::TempDir;

std::string proto_of(ProfileBuilder& builder) {
  StringSink sink;
  EXPECT_TRUE(write_pprof(builder.profile(), builder.arena, sink).is_ok());
  return sink.text;
}

void save_gzipped(ProfileBuilder& builder, const std::string& path) {
  StringSink sink;
  std::string block(GzipStoredSink::kMaxBlock, '\0');
  GzipStoredSink gzip(sink, block);
  EXPECT_TRUE(write_pprof(builder.profile(), builder.arena, gzip).is_ok());
  EXPECT_TRUE(gzip.finish().is_ok());
  test::write_text(path, sink.text);
}

RawProfile read_back(ProfileBuilder& builder) {
  const TempDir dir;
  save_gzipped(builder, dir / "a.pb.gz");
  return RawProfile::of(dir / "a.pb.gz");
}

bool has_line(const std::vector<std::string>& lines, const std::string& wanted) {
  for (const auto& line : lines) {
    if (line.find(wanted) != std::string::npos) return true;
  }
  return false;
}

TEST(Proto, heap_is_read_back_exactly) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::heap);
  b.mapping(0x555500000000, 0x555500100000, 0x1000, "/usr/bin/service", "abc123");
  b.mapping(0x7f0000000000, 0x7f0000200000, 0x28000, "/lib/libc.so.6", "def456");
  b.sample(b.stack({0x7f0000001234, 0x555500000999, 0x555500000111}), {3, 3000, 1, 1000});
  b.sample(b.stack({0x555500000999, 0x555500000111}), {1, int64_t{1} << 40, 0, 0});
  b.comments = {"trigger: abs", "bad \xff byte"};
  b.edit().time_ns = 1795290592145000000;
  const RawProfile raw = read_back(b);

  EXPECT_EQ(raw.types,
            "alloc_objects/count alloc_space/bytes inuse_objects/count "
            "inuse_space/bytes[dflt]");
  EXPECT_TRUE(has_line(raw.head, "PeriodType: space bytes"));
  EXPECT_TRUE(has_line(raw.head, "Period: 524288"));
  EXPECT_TRUE(has_line(raw.head, "Comment: trigger: abs"));
  EXPECT_TRUE(has_line(raw.head, "Comment: bad \xEF\xBF\xBD byte"));
  EXPECT_TRUE(has_line(raw.head, "2026-11-21 19:49:52.145")) << raw.head.back();
  ASSERT_EQ(raw.samples.size(), 2u);
  EXPECT_EQ(raw.samples[0].values, (std::vector<int64_t>{3, 3000, 1, 1000}));
  EXPECT_EQ(raw.samples[0].addresses,
            (std::vector<uint64_t>{0x7f0000001234, 0x555500000999, 0x555500000111}));
  EXPECT_EQ(raw.samples[1].values, (std::vector<int64_t>{1, int64_t{1} << 40, 0, 0}));
  EXPECT_EQ(raw.samples[1].addresses, (std::vector<uint64_t>{0x555500000999, 0x555500000111}));
  EXPECT_EQ(raw.mapping_of.at(0x7f0000001234), "M=2");
  EXPECT_EQ(raw.mapping_of.at(0x555500000999), "M=1");
  EXPECT_EQ(raw.mapping_of.size(), 3u) << "one location a node";
  EXPECT_TRUE(has_line(raw.mappings,
                       "1: 0x555500000000/0x555500100000/0x1000 /usr/bin/service "
                       "abc123"));
  EXPECT_TRUE(has_line(raw.mappings,
                       "2: 0x7f0000000000/0x7f0000200000/0x28000 /lib/libc.so.6 "
                       "def456"));
}

TEST(Proto, cpu_has_period_and_duration_and_skips_the_thread_keys) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::cpu);
  b.thread(4242, "worker \"1\"");
  b.thread(4243, "\xff");
  b.mapping(0x400000, 0x500000, 0, "/bin/spin");
  const StackId first = b.stack({4242});
  const StackId second = b.stack({4243});
  b.sample(b.stack({0x400123, 0x400456}, first), {7, 70000000}, 0);
  b.sample(b.stack({0x400123, 0x400456}, second), {1, 10000000}, 1);
  b.edit().duration_ns = 5000000000;
  const RawProfile raw = read_back(b);

  EXPECT_EQ(raw.types, "samples/count cpu/nanoseconds[dflt]");
  EXPECT_TRUE(has_line(raw.head, "PeriodType: cpu nanoseconds"));
  EXPECT_TRUE(has_line(raw.head, "Period: 10000000"));
  EXPECT_TRUE(has_line(raw.head, "Duration: 5s"));
  ASSERT_EQ(raw.samples.size(), 2u);
  EXPECT_EQ(raw.samples[0].values, (std::vector<int64_t>{7, 70000000}));
  EXPECT_EQ(raw.samples[0].addresses, (std::vector<uint64_t>{0x400123, 0x400456}));
  EXPECT_NE(raw.samples[0].labels.find("thread:[worker \"1\"]"), std::string::npos);
  EXPECT_NE(raw.samples[0].labels.find("tid:[4242]"), std::string::npos);
  EXPECT_EQ(raw.samples[0].labels.find("state"), std::string::npos);
  EXPECT_EQ(raw.samples[1].addresses, raw.samples[0].addresses);
  EXPECT_NE(raw.samples[1].labels.find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(Proto, threads_carry_name_tid_state_and_what_they_wait_for) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::threads);
  b.thread(7, "acceptor", "sleeping", "epoll_wait");
  b.thread(8, "", "running");
  b.mapping(0x500000, 0x600000, 0, "/bin/service");
  b.sample(b.stack({0x401000}), {1}, 0);
  b.sample(0, {1}, 1);
  b.sample(b.stack({0x402000}), {5});
  const RawProfile raw = read_back(b);

  EXPECT_EQ(raw.types.substr(0, 13), "threads/count");
  ASSERT_EQ(raw.samples.size(), 3u);
  const std::string& labels = raw.samples[0].labels;
  for (const char* each :
       {"thread:[acceptor]", "tid:[7]", "state:[sleeping]", "waiting:[epoll_wait]"}) {
    EXPECT_NE(labels.find(each), std::string::npos) << each << " in " << labels;
  }
  EXPECT_EQ(raw.samples[1].addresses, (std::vector<uint64_t>{0})) << "the unknown place";
  EXPECT_EQ(raw.samples[1].labels.find("thread:"), std::string::npos);
  EXPECT_EQ(raw.samples[1].labels.find("waiting"), std::string::npos);
  EXPECT_EQ(raw.samples[2].labels, "");
  EXPECT_EQ(raw.mapping_of.at(0x401000), "") << "in no mapping";
}

TEST(Proto, mappings_are_found_at_their_edges_and_in_any_order) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::threadcreate);
  b.mapping(0x500000, 0x600000, 0, "/program");
  b.mapping(0x100000, 0x200000, 0, "/below.so");
  b.mapping(0x700000, 0x800000, 0, "/above.so");
  b.sample(b.stack({0x4fffff, 0x500000, 0x5fffff, 0x600000, 0x100000, 0x1fffff, 0x200000, 0x7fffff,
                    0x800000, 0xfffff}),
           {1});
  const RawProfile raw = read_back(b);
  const std::map<uint64_t, std::string> expected = {
      {0x4fffff, ""},    {0x500000, "M=1"}, {0x5fffff, "M=1"}, {0x600000, ""}, {0x100000, "M=2"},
      {0x1fffff, "M=2"}, {0x200000, ""},    {0x7fffff, "M=3"}, {0x800000, ""}, {0xfffff, ""}};
  EXPECT_EQ(raw.mapping_of, expected);
}

TEST(Proto, a_large_random_profile_keeps_every_sum) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::cpu);
  std::mt19937_64 random(3);
  std::map<std::vector<uint64_t>, int64_t> expected;
  for (int i = 0; i < 3000; ++i) {
    std::vector<uintptr_t> pcs(1 + random() % kMaxFrames);
    for (auto& pc : pcs) pc = 0x400000 + random() % 512;
    const auto count = static_cast<int64_t>(1 + random() % (uint64_t{1} << 33));
    b.sample(b.stack(pcs), {count, count * 10000000});
    expected[{pcs.begin(), pcs.end()}] += count;
  }
  std::map<std::vector<uint64_t>, int64_t> read;
  for (const auto& sample : read_back(b).samples) read[sample.addresses] += sample.values[0];
  EXPECT_EQ(read, expected);
}

TEST(Proto, an_empty_profile_is_valid) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::heap);
  EXPECT_TRUE(read_back(b).samples.empty());
}

TEST(Proto, top_names_the_mapping_where_there_are_no_symbols) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::heap);
  b.mapping(0x555500000000, 0x555500100000, 0, "/nowhere/service");
  b.sample(b.stack({0x555500000999}), {2, 2 << 20, 1, 1 << 20});
  const TempDir dir;
  save_gzipped(b, dir / "a.pb.gz");
  const test::Ran top = test::run("go tool pprof -symbolize=none -top '" + dir / "a.pb.gz" + "'");
  EXPECT_EQ(top.code, 0);
  EXPECT_NE(top.output.find("Type: inuse_space"), std::string::npos) << top.output;
  EXPECT_NE(top.output.find("[service]"), std::string::npos) << top.output;
}

TEST(Proto, samples_without_a_stack_count_in_the_total) {
  SKIP_WITHOUT("go");
  ProfileBuilder b(ProfileKind::threads);
  b.mapping(0x400000, 0x500000, 0, "/nowhere/service");
  b.sample(b.stack({0x400100}), {3});
  b.sample(0, {7});
  const TempDir dir;
  save_gzipped(b, dir / "a.pb.gz");
  const test::Ran top = test::run("go tool pprof -symbolize=none -top '" + dir / "a.pb.gz" + "'");
  EXPECT_NE(top.output.find("of 10 total"), std::string::npos) << top.output;
  EXPECT_NE(top.output.find("<unknown>"), std::string::npos) << top.output;
}

TEST(Proto, every_sink_error_comes_out) {
  ProfileBuilder b(ProfileKind::heap);
  for (uintptr_t i = 0; i < 500; ++i) b.sample(b.stack({0x400000 + i}), {1, 2, 3, 4});
  const size_t whole = proto_of(b).size();
  for (size_t limit = 0; limit < whole; limit += whole / 17) {
    StringSink full(limit);
    EXPECT_EQ(write_pprof(b.profile(), b.arena, full).error(), ENOSPC);
  }
}

TEST(ProtoWire, varints_take_the_bytes_they_were_said_to_take) {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    const uint64_t top = bits == 0 ? 0 : ~uint64_t{0} >> (64 - bits);
    for (const uint64_t value : {top, top - (bits > 0 ? 1u : 0u), top / 2}) {
      StringSink sink;
      ProtoWriter out(sink);
      out.varint(value);
      ASSERT_TRUE(out.flush().is_ok());
      EXPECT_EQ(sink.text.size(), varint_size(value));
      uint64_t decoded = 0;
      for (size_t i = sink.text.size(); i-- > 0;) {
        decoded = decoded << 7 | (static_cast<unsigned char>(sink.text[i]) & 0x7Fu);
      }
      EXPECT_EQ(decoded, value);
    }
  }
}

TEST(Frames, keys_below_64_kib_are_no_frames) {
  StackTable stacks;
  const uintptr_t pcs[] = {0x400000, 65535, 65536, 1};
  const StackId id = stacks.intern(pcs);
  std::vector<uintptr_t> seen;
  for_each_frame(stacks, id, [&](StackId, uintptr_t pc) { seen.push_back(pc); });
  EXPECT_EQ(seen, (std::vector<uintptr_t>{0x400000, 65536}));
  EXPECT_EQ(count_frames(stacks, id), 2u);
  EXPECT_EQ(count_frames(stacks, 0), 0u);
}

}  // namespace
}  // namespace holmes
