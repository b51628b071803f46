#include "output/retention.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "output/utc_time.h"
#include "output_support.h"

namespace holmes {
namespace {

using test::TempDir;
using Names = std::vector<std::string>;

constexpr int64_t kTime = 1795290592145000;

std::string event_at(int64_t minutes, int pid = 1, const char* comm = "app") {
  return std::string(make_event_name(kTime + minutes * 60'000'000, comm, pid, Kind::mem).view());
}

class RetentionTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(dir.open(temp.path).is_ok()); }

  void put(const std::string& name, size_t bytes = 0) {
    test::write_text(temp / name, std::string(bytes, 'x'));
  }
  // A finished event of `bytes` in all.
  void put_event(int64_t minutes, size_t bytes = 0) {
    put(event_at(minutes) + ".heap.pb.gz", bytes);
    put(event_at(minutes) + ".json");
  }
  RetentionResult enforce(uint64_t dumps, uint64_t bytes) {
    return enforce_retention(dir, {dumps, bytes}, arena, now_us);
  }
  bool exists(const std::string& name) const {
    struct stat unused;
    return lstat((temp / name).c_str(), &unused) == 0;
  }

  TempDir temp;
  DumpDir dir;
  Arena arena;
  int64_t now_us = kTime + int64_t{10'000} * 60'000'000;
};

TEST_F(RetentionTest, keeps_the_newest_events) {
  for (const int minutes : {3, 1, 5, 2, 4}) put_event(minutes);
  const RetentionResult result = enforce(2, 0);
  EXPECT_TRUE(result.status.is_ok());
  EXPECT_EQ(result.events, 3u);
  EXPECT_EQ(result.files, 6u);
  EXPECT_EQ(temp.names(), (Names{event_at(4) + ".heap.pb.gz", event_at(4) + ".json",
                                 event_at(5) + ".heap.pb.gz", event_at(5) + ".json"}));
  EXPECT_EQ(enforce(2, 0).files, 0u);
}

TEST_F(RetentionTest, keeps_within_the_bytes_but_never_removes_the_newest) {
  for (const int minutes : {1, 2, 3, 4}) put_event(minutes, 1000);
  EXPECT_EQ(enforce(0, 2500).events, 2u);
  EXPECT_EQ(enforce(0, 2000).events, 0u) << "exactly at the limit";
  EXPECT_EQ(enforce(0, 10).events, 1u);
  EXPECT_EQ(temp.names(), (Names{event_at(4) + ".heap.pb.gz", event_at(4) + ".json"}));
}

TEST_F(RetentionTest, events_from_before_the_clock_was_set_back_go_first) {
  for (const int minutes : {1, 2, 3, 60, 61}) put_event(minutes);
  now_us = kTime + int64_t{3} * 60'000'000;
  EXPECT_EQ(enforce(3, 0).events, 2u);
  EXPECT_TRUE(exists(event_at(1) + ".json"));
  EXPECT_TRUE(exists(event_at(3) + ".json"));
  EXPECT_EQ(enforce(1, 0).events, 2u);
  EXPECT_EQ(temp.names(), (Names{event_at(3) + ".heap.pb.gz", event_at(3) + ".json"}));
}

TEST_F(RetentionTest, an_event_goes_whole_hidden_files_included) {
  const std::string old = event_at(1);
  for (const char* end : {".threads.pb.gz", ".threadcreate.pb.gz", ".json"}) put(old + end);
  put("." + old + ".threads.pb.gz.raw");
  put("." + old + ".json.raw");
  put("." + old + ".threads.pb.gz.part");
  put_event(2);
  const RetentionResult result = enforce(1, 0);
  EXPECT_EQ(result.events, 1u);
  EXPECT_EQ(result.files, 6u);
  EXPECT_EQ(temp.names(), (Names{event_at(2) + ".heap.pb.gz", event_at(2) + ".json"}));
}

TEST_F(RetentionTest, removes_nothing_that_is_not_its_own) {
  const std::string old = event_at(1);
  const Names others = {"holmes.log",
                        "holmes.log.1",
                        "notes.txt",
                        old,
                        old + ".heap.pb.gz.bak",
                        old + ".html",
                        "x" + old + ".json",
                        "." + old + ".json",
                        old + ".json.raw",
                        "20261121T000000.000Z-app-1-disk.json"};
  for (const auto& name : others) put(name, 5000);
  test::write_text(temp / "target", "precious");
  std::filesystem::create_symlink(temp / "target", temp / (event_at(0) + ".json"));
  std::filesystem::create_directory(temp / (event_at(0) + ".heap.pb.gz"));
  put_event(2);
  put_event(3);
  const RetentionResult result = enforce(1, 1);
  EXPECT_TRUE(result.status.is_ok());
  EXPECT_EQ(result.events, 1u);
  for (const auto& name : others) EXPECT_TRUE(exists(name)) << name;
  EXPECT_EQ(test::read_text(temp / "target"), "precious");
  EXPECT_TRUE(exists(event_at(0) + ".json"));
  EXPECT_TRUE(exists(event_at(0) + ".heap.pb.gz"));
  EXPECT_FALSE(exists(event_at(2) + ".json"));
}

TEST_F(RetentionTest, leaves_another_users_events_alone_and_does_not_count_them) {
  SKIP_UNLESS_ROOT();
  put_event(1);
  for (const char* end : {".heap.pb.gz", ".json"}) {
    ASSERT_EQ(chown((temp / (event_at(1) + end)).c_str(), 12345, 12345), 0);
  }
  put_event(2);
  EXPECT_EQ(enforce(1, 0).events, 0u);
  put_event(3);
  EXPECT_EQ(enforce(1, 0).events, 1u);
  EXPECT_TRUE(exists(event_at(1) + ".json"));
}

TEST_F(RetentionTest, copes_with_many_files) {
  for (int i = 0; i < 1500; ++i) put_event(i);
  EXPECT_EQ(enforce(100, 0).events, 1400u);
  EXPECT_EQ(temp.names().size(), 200u);
  EXPECT_TRUE(exists(event_at(1400) + ".json"));
  EXPECT_FALSE(exists(event_at(1399) + ".json"));
}

TEST_F(RetentionTest, an_empty_folder_is_fine) {
  EXPECT_TRUE(enforce(1, 1).status.is_ok());
  EXPECT_EQ(enforce(1, 1).files, 0u);
}

int dead_pid() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

std::string own_comm() {
  std::string comm = test::read_text("/proc/self/comm");
  comm.pop_back();
  return comm;
}

class OrphansTest : public RetentionTest {
 protected:
  AdoptionResult adopt(int64_t grace_us = -1'000'000) {
    return adopt_orphans(dir, realtime_us(), grace_us);
  }
  void put_orphan(const std::string& event) {
    put("." + event + ".threads.pb.gz.raw", 10);
    put("." + event + ".threadcreate.pb.gz.raw", 10);
    test::write_text(temp / ("." + event + ".json.raw"), "{\"symbolized\":false}\n");
  }
  static std::string event_of(int pid, const std::string& comm, int64_t time_us) {
    return std::string(make_event_name(time_us, comm, pid, Kind::thread).view());
  }
};

TEST_F(OrphansTest, events_of_dead_processes_are_finished_as_they_are) {
  const std::string event = event_of(dead_pid(), "app", realtime_us());
  put_orphan(event);
  const AdoptionResult result = adopt();
  EXPECT_TRUE(result.status.is_ok());
  EXPECT_EQ(result.published, 3u);
  EXPECT_EQ(temp.names(),
            (Names{event + ".json", event + ".threadcreate.pb.gz", event + ".threads.pb.gz"}));
  EXPECT_EQ(test::read_text(temp / (event + ".json")), "{\"symbolized\":false}\n");
}

TEST_F(OrphansTest, a_profile_without_a_manifest_gets_one) {
  const std::string event = event_of(dead_pid(), "app", kTime);
  put("." + event + ".threads.pb.gz.raw", 10);
  put("." + event + ".threadcreate.pb.gz.part", 10);
  put("." + event + ".json.part", 10);
  EXPECT_TRUE(adopt().status.is_ok());
  EXPECT_EQ(temp.names(), (Names{event + ".json", event + ".threads.pb.gz"}));
  const std::string manifest = test::read_text(temp / (event + ".json"));
  for (const char* part : {"\"reason\":\"recovered\"", "\"kind\":\"thread\"", "\"comm\":\"app\"",
                           "\"time\":\"2026-11-21T19:49:52.145Z\"", "\"profile\":\"threads\"",
                           "\"bytes\":10", "the process ended"}) {
    EXPECT_NE(manifest.find(part), std::string::npos) << part << " in " << manifest;
  }
  EXPECT_EQ(manifest.find("threadcreate"), std::string::npos);
}

TEST_F(OrphansTest, what_a_living_process_gave_up_on_is_finished_after_minutes) {
  const std::string event = event_of(getpid(), own_comm(), realtime_us());
  put_orphan(event);
  EXPECT_EQ(adopt_orphans(dir, realtime_us() + kStaleRawUs - 60'000'000).published, 0u);
  EXPECT_EQ(adopt_orphans(dir, realtime_us() + kStaleRawUs + 60'000'000).published, 3u);
}

TEST_F(OrphansTest, a_living_process_keeps_its_files) {
  const std::string event = event_of(getpid(), own_comm(), realtime_us());
  put_orphan(event);
  put("." + event + ".heap.txt.part");
  EXPECT_EQ(adopt().published, 0u);
  EXPECT_EQ(temp.names().size(), 4u);
  EXPECT_FALSE(is_process_gone(event));
}

TEST_F(OrphansTest, a_pid_that_was_given_to_another_process_is_not_the_owner) {
  const int64_t now = realtime_us();
  EXPECT_TRUE(is_process_gone(event_of(getpid(), "other", now))) << "another name";
  EXPECT_TRUE(is_process_gone(event_of(getpid(), own_comm(), now - 3600'000'000)))
      << "an event from before this process began: a restarted container's pid 1";
  EXPECT_FALSE(is_process_gone("no event at all"));
}

TEST_F(OrphansTest, within_the_grace_time_nothing_is_touched) {
  put_orphan(event_of(dead_pid(), "app", realtime_us()));
  EXPECT_EQ(adopt(kOrphanGraceUs).published, 0u);
  EXPECT_EQ(temp.names().size(), 3u);
  const timespec old[2] = {{realtime_us() / 1'000'000 - 61, 0},
                           {realtime_us() / 1'000'000 - 61, 0}};
  for (const auto& name : temp.names()) utimensat(AT_FDCWD, (temp / name).c_str(), old, 0);
  EXPECT_EQ(adopt(kOrphanGraceUs).published, 3u);
}

TEST_F(OrphansTest, abandoned_parts_are_removed) {
  const std::string dead = "." + event_of(dead_pid(), "app", realtime_us()) + ".heap.txt.part";
  const std::string alive = "." + event_of(getpid(), own_comm(), realtime_us());
  put(dead);
  put(alive + ".heap.txt.part");
  put(alive + ".cpu.txt.part");
  put(".somebody-elses.part");
  const timespec old[2] = {{realtime_us() / 1'000'000 - 3700, 0},
                           {realtime_us() / 1'000'000 - 3700, 0}};
  utimensat(AT_FDCWD, (temp / (alive + ".cpu.txt.part")).c_str(), old, 0);
  utimensat(AT_FDCWD, (temp / ".somebody-elses.part").c_str(), old, 0);
  EXPECT_EQ(adopt().removed, 2u);
  EXPECT_EQ(temp.names(), (Names{alive + ".heap.txt.part", ".somebody-elses.part"}));
}

TEST_F(OrphansTest, what_has_its_final_name_already_is_not_replaced) {
  const std::string event = event_of(dead_pid(), "app", realtime_us());
  put_orphan(event);
  test::write_text(temp / (event + ".threads.pb.gz"), "with names");
  EXPECT_EQ(adopt().published, 2u);
  EXPECT_EQ(test::read_text(temp / (event + ".threads.pb.gz")), "with names");
  EXPECT_EQ(temp.names().size(), 3u);
}

TEST_F(OrphansTest, a_planted_link_is_neither_renamed_nor_followed) {
  test::write_text(temp / "victim", "precious");
  const std::string event = event_of(dead_pid(), "app", realtime_us());
  std::filesystem::create_symlink(temp / "victim", temp / ("." + event + ".json.raw"));
  EXPECT_EQ(adopt().published, 0u);
  EXPECT_EQ(temp.names(), (Names{"." + event + ".json.raw", "victim"}));
}

}  // namespace
}  // namespace holmes
