#include "output/manifest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "output/json.h"
#include "output/utc_time.h"
#include "output_support.h"

namespace holmes {
namespace {

using nlohmann::json;
using test::StringSink;

constexpr int64_t kTime = 1795290592145678;  // 2026-11-21T19:49:52.145678Z
constexpr int64_t kDecided = 123'456'789'012;

std::unique_ptr<EventRecord> example() {
  auto record = std::make_unique<EventRecord>();
  record->event = make_event_name(kTime, "redis-server", 4242, Kind::mem);
  record->kind = Kind::mem;
  record->reason = EventReason::diff;
  record->current = 83.104;
  record->average = 41;
  for (const double value : {40.0, 42.0, 41.0, 83.104}) record->history.push(value);
  record->rule = {10, 25, 80, 0};
  record->limit_memory_bytes = 268435456;
  record->limit_cpu_cores = 0.5;
  record->decided_us = kTime;
  record->decided_ns = kDecided;
  record->host = std::string_view("box");
  record->pid = 4242;
  record->ppid = 1;
  record->comm = std::string_view("redis-server");
  record->exe = std::string_view("/usr/bin/redis-server");
  record->start_us = kTime - 3600'000'000;
  record->rss_bytes = 223000000;
  record->live_heap_bytes = 200000000;
  FileRecord* file = record->files.add();
  file->name = profile_file_name(record->event, ProfileKind::heap, false);
  file->bytes = 12345;
  file->samples = 678;
  file->dropped = 9;
  record->capture_us = 1500;
  record->max_pause_us = 20;
  record->write_us = 9000;
  return record;
}

std::string text_of(const EventRecord& record, ManifestForm form = ManifestForm::finished) {
  StringSink sink;
  EXPECT_TRUE(write_manifest(record, form, sink).is_ok());
  return sink.text;
}

json parse(const std::string& text) {
  json parsed = json::parse(text, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << text;
  return parsed;
}

TEST(Manifest, has_every_key_of_the_contract) {
  const json m = parse(text_of(*example()));
  EXPECT_EQ(m["event"], "20261121T194952.145Z-redis-server-4242-mem");
  EXPECT_EQ(m["kind"], "mem");
  EXPECT_EQ(m["reason"], "diff");
  EXPECT_EQ(m["current"], 83.1);
  EXPECT_EQ(m["average"], 41);
  EXPECT_EQ(m["previous"], json({40, 42, 41, 83.1}));
  EXPECT_EQ(m["rule"], (json{{"min", 10}, {"diff", 25}, {"abs", 80}, {"max", 0}}));
  EXPECT_EQ(m["unit"], "percent");
  EXPECT_EQ(m["limit"], (json{{"memory_bytes", 268435456}, {"cpu_cores", 0.5}}));
  EXPECT_EQ(m["time"], "2026-11-21T19:49:52.145Z");
  EXPECT_EQ(m["host"], "box");
  EXPECT_EQ(m["pid"], 4242);
  EXPECT_EQ(m["ppid"], 1);
  EXPECT_EQ(m["comm"], "redis-server");
  EXPECT_EQ(m["exe"], "/usr/bin/redis-server");
  EXPECT_EQ(m["build_id"], "");
  EXPECT_EQ(m["start_time"], "2026-11-21T18:49:52.145Z");
  EXPECT_EQ(m["cgroup"], "");
  EXPECT_EQ(m["memory"], (json{{"rss_bytes", 223000000}, {"live_heap_bytes", 200000000}}));
  EXPECT_EQ(m["files"],
            json::array({{{"profile", "heap"},
                          {"name", "20261121T194952.145Z-redis-server-4242-mem.heap.pb.gz"},
                          {"bytes", 12345},
                          {"samples", 678},
                          {"dropped", 9}}}));
  EXPECT_EQ(m["capture_us"], 1500);
  EXPECT_EQ(m["max_pause_us"], 20);
  EXPECT_EQ(m["write_us"], 9000);
  EXPECT_EQ(m["holmes"], HOLMES_VERSION);
}

TEST(Manifest, threads_are_counted_in_threads) {
  auto record = example();
  record->kind = Kind::thread;
  EXPECT_EQ(parse(text_of(*record))["unit"], "threads");
}

TEST(Manifest, only_the_draft_has_decided_ns_and_it_is_never_symbolized) {
  auto record = example();
  record->symbolized = true;
  const json draft = parse(text_of(*record, ManifestForm::draft));
  EXPECT_EQ(draft["decided_ns"], kDecided);
  EXPECT_EQ(draft["symbolized"], false);
  const json finished = parse(text_of(*record));
  EXPECT_FALSE(finished.contains("decided_ns"));
  EXPECT_EQ(finished["symbolized"], true);
}

TEST(Manifest, shows_allocator_breakdown_and_notes_where_they_are_known) {
  auto record = example();
  record->allocator = std::string_view("jemalloc");
  *record->figures.add() = {std::string_view("stats.allocated"), 1};
  *record->figures.add() = {std::string_view("stats.resident"), UINT64_MAX};
  record->breakdown = MemoryBreakdown{};
  record->breakdown->anonymous = 7;
  record->breakdown->huge = 2097152;
  *record->notes.add() = std::string_view("the program's malloc cannot be seen");
  const json m = parse(text_of(*record));
  EXPECT_EQ(m["allocator"]["name"], "jemalloc");
  EXPECT_EQ(m["allocator"]["figures"]["stats.allocated"], 1);
  EXPECT_EQ(m["allocator"]["figures"]["stats.resident"], UINT64_MAX);
  EXPECT_EQ(m["memory"]["anonymous_bytes"], 7);
  EXPECT_EQ(m["memory"]["huge_bytes"], 2097152);
  EXPECT_EQ(m["notes"], json::array({"the program's malloc cannot be seen"}));
}

TEST(Manifest, survives_any_bytes_in_names_and_numbers_that_json_lacks) {
  auto record = example();
  std::string wild;
  for (int c = 1; c < 256; ++c) wild += static_cast<char>(c);
  record->exe = std::string_view(wild);
  record->comm = std::string_view("a\"b\\c\n\xF0\x9F\x98\x80");
  record->current = std::nan("");
  record->average = INFINITY;
  const json m = parse(text_of(*record));
  EXPECT_EQ(m["comm"], "a\"b\\c\n\xF0\x9F\x98\x80");
  EXPECT_EQ(m["current"], 0);
  EXPECT_EQ(m["average"], 0);
  const auto exe = m["exe"].get<std::string>();
  EXPECT_EQ(exe.substr(0, 127), wild.substr(0, 127));
  EXPECT_EQ(exe.substr(127, 3), "\xEF\xBF\xBD");
}

TEST(Manifest, full_lists_refuse_and_stay_valid) {
  auto record = example();
  for (int i = 0; i < 100; ++i) {
    if (FileRecord* file = record->files.add()) file->name = std::string_view("x");
    if (auto* note = record->notes.add()) *note = std::string_view("n");
    record->figures.add();
  }
  const json m = parse(text_of(*record));
  EXPECT_EQ(m["files"].size(), 4u);
  EXPECT_EQ(m["notes"].size(), 8u);
}

TEST(Manifest, sink_errors_come_out) {
  for (const size_t limit : {0, 10, 500}) {
    StringSink full(limit);
    EXPECT_EQ(write_manifest(*example(), ManifestForm::draft, full).error(), ENOSPC);
  }
}

TEST(Json, invalid_utf8_becomes_the_replacement_character_byte_by_byte) {
  const std::pair<std::string, std::string> cases[] = {
      {"plain", "plain"},
      {"\xC3\xA4\xE2\x82\xAC", "\xC3\xA4\xE2\x82\xAC"},
      {"\xC3", "\xEF\xBF\xBD"},
      {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                  // overlong
      {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                  // a surrogate
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // too large
      {"\xFFok", "\xEF\xBF\xBDok"},
      {std::string("\0\x01\x1f\x7f", 4), "\\u0000\\u0001\\u001f\\u007f"},
  };
  for (const auto& [input, expected] : cases) {
    StringSink sink;
    JsonWriter(sink).string(input);
    EXPECT_EQ(sink.text, "\"" + expected + "\"");
  }
}

TEST(UtcTime, prints_the_three_forms) {
  TextBuffer<32> compact, iso, log;
  print_compact_time(kTime, compact);
  print_iso_time(kTime, iso);
  print_log_time(kTime, log);
  EXPECT_EQ(compact.view(), "20261121T194952.145Z");
  EXPECT_EQ(iso.view(), "2026-11-21T19:49:52.145Z");
  EXPECT_EQ(log.view(), "2026-11-21 19:49:52.145");
}

TEST(UtcTime, agrees_with_libc_every_day_from_1970_to_2400) {
  for (int64_t day = 0; day < 157054; ++day) {
    const time_t seconds = day * 86400 + day % 86400;
    tm expected = {};
    gmtime_r(&seconds, &expected);
    char text[32];
    strftime(text, sizeof text, "%Y%m%dT%H%M%S.000Z", &expected);
    TextBuffer<32> ours;
    print_compact_time(int64_t{seconds} * 1000000, ours);
    ASSERT_EQ(ours.view(), text);
    ASSERT_EQ(parse_compact_time(ours.view()), int64_t{seconds} * 1000000);
  }
}

TEST(UtcTime, refuses_what_it_would_not_print) {
  for (const char* text :
       {"", "20261121T194952.145", "20261121T194952.145Zx", "20261321T194952.145Z",
        "20260230T194952.145Z", "20261121T254952.145Z", "20261121T196052.145Z",
        "20261121 194952.145Z", "20261121T194952,145Z", "2026x121T194952.145Z",
        "20260000T194952.145Z", "19691231T235959.999Z", "////////T//////.///Z"}) {
    EXPECT_FALSE(parse_compact_time(text)) << text;
  }
  EXPECT_TRUE(parse_compact_time("99991231T235959.999Z"));
  TextBuffer<32> early, late;
  print_iso_time(-5, early);
  print_iso_time(INT64_MAX, late);
  EXPECT_EQ(early.view(), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(late.view(), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace holmes
