#include "output/dump_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "output/folder.h"
#include "output_support.h"

namespace holmes {
namespace {

using test::TempDir;

constexpr int64_t kTime = 1795290592145678;
constexpr uid_t kSomebody = 12345;

unsigned mode_of(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777;
}

int open_error(const std::string& path) {
  DumpDir dir;
  return dir.open(path).error();
}

TEST(EventName, is_made_of_time_comm_pid_and_kind) {
  EXPECT_EQ(make_event_name(kTime, "redis-server", 4242, Kind::mem).view(),
            "20261121T194952.145Z-redis-server-4242-mem");
  EXPECT_EQ(make_event_name(kTime, "../e vil\n", 1, Kind::thread).view(),
            "20261121T194952.145Z-_._e_vil_-1-thread");
  EXPECT_EQ(make_event_name(kTime, "", 1, Kind::cpu).view(), "20261121T194952.145Z-_-1-cpu");
}

TEST(EventName, parses_what_it_makes) {
  for (const char* comm :
       {"redis-server", "a", "kworker/0:1", "x-1-cpu", "....", "-", "0123456789abcdef"}) {
    for (const Kind kind : {Kind::cpu, Kind::mem, Kind::heap, Kind::thread}) {
      const EventName name = make_event_name(kTime, comm, 4194304, kind);
      const auto parts = parse_event_name(name);
      ASSERT_TRUE(parts) << name.view();
      EXPECT_EQ(parts->time_us, kTime / 1000 * 1000);
      EXPECT_EQ(parts->comm, file_safe_comm(comm).view());
      EXPECT_EQ(parts->pid, 4194304);
      EXPECT_EQ(parts->kind, kind);
    }
  }
}

TEST(EventName, refuses_what_is_only_similar) {
  for (const char* name :
       {"", "20261121T194952.145Z", "20261121T194952.145Z-", "20261121T194952.145Z-redis-mem",
        "20261121T194952.145Z-redis-4242", "20261121T194952.145Z-redis-4242-disk",
        "20261121T194952.145Z--4242-mem", "20261121T194952.145Z-redis-04242-mem",
        "20261121T194952.145Z-redis--mem", "20261121T194952.145Z-re dis-4242-mem",
        "20261121T194952.145Z-.redis-4242-mem", "20261121T194952.145Z-redis-4242-mem ",
        "20261121T194952.145Z-0123456789abcdefg-4242-mem", "x20261121T194952.145Z-redis-4242-mem",
        "20261121T194952.145Z-redis-42424242424-mem", "20261321T194952.145Z-redis-4242-mem"}) {
    EXPECT_FALSE(parse_event_name(name)) << name;
  }
}

// Under UndefinedBehaviorSanitizer: there is nothing before them to count from.
TEST(EventName, refuses_the_year_the_month_and_the_day_zero) {
  for (const char* name :
       {"00000121T194952.145Z-redis-4242-mem", "00001121T194952.145Z-redis-4242-mem",
        "20260021T194952.145Z-redis-4242-mem", "20261100T194952.145Z-redis-4242-mem"}) {
    EXPECT_FALSE(parse_event_name(name)) << name;
  }
}

TEST(EventFile, recognises_its_files_in_every_stage_and_nothing_else) {
  const std::string event = "20261121T194952.145Z-redis-server-4242-mem";
  for (const std::string end :
       {".json", ".heap.pb.gz", ".cpu.txt", ".threads.pb.gz", ".threadcreate.txt"}) {
    for (const Stage stage : {Stage::final_name, Stage::raw, Stage::part}) {
      const FileName entry = staged_name(event + end, stage);
      const auto file = parse_event_file(entry);
      ASSERT_TRUE(file) << entry.view();
      EXPECT_EQ(file->event, event);
      EXPECT_EQ(file->name, event + end);
      EXPECT_EQ(file->stage, stage);
      EXPECT_EQ(file->manifest, end == ".json");
    }
  }
  for (const std::string& entry :
       {event, event + ".heap.pb", event + ".heap.pb.gz.bak", event + ".html", event + ".disk.txt",
        "." + event + ".json", event + ".json.raw", "." + event + ".json.raw.part",
        event + ".heap.json", std::string(".raw"), std::string("."), std::string("holmes.log")}) {
    EXPECT_FALSE(parse_event_file(entry)) << entry;
  }
}

TEST(DumpDir, makes_the_folder_and_its_parents_for_its_user_alone) {
  const TempDir temp;
  const std::string path = temp / "a/b/c//";
  DumpDir dir;
  ASSERT_TRUE(dir.open(path).is_ok());
  EXPECT_EQ(mode_of(temp / "a"), 0700u);
  EXPECT_EQ(mode_of(temp / "a/b/c"), 0700u);
  EXPECT_EQ(dir.path(), temp / "a/b/c");
  EXPECT_EQ(dir.path_of("x").view(), temp / "a/b/c/x");
}

TEST(DumpDir, takes_an_existing_folder_as_it_is) {
  const TempDir temp;
  chmod(temp.path.c_str(), 0755);
  DumpDir dir;
  ASSERT_TRUE(dir.open(temp.path).is_ok());
  EXPECT_EQ(mode_of(temp.path), 0755u);
  EXPECT_TRUE(dir.open("/").is_ok());
  EXPECT_EQ(dir.path_of("x").view(), "/x");
}

TEST(DumpDir, refuses_what_is_no_folder) {
  const TempDir temp;
  test::write_text(temp / "file", "");
  EXPECT_EQ(open_error(temp / "file"), ENOTDIR);
  EXPECT_EQ(open_error(temp / "file/below"), ENOTDIR);
  EXPECT_EQ(open_error(""), ENOENT);
  EXPECT_EQ(open_error("/" + std::string(2000, 'x')), ENAMETOOLONG);
  EXPECT_EQ(open_error("/" + std::string(1000, 'x')), ENAMETOOLONG) << "no room for file names";
  mkfifo((temp / "fifo").c_str(), 0600);
  EXPECT_EQ(open_error(temp / "fifo"), ENOTDIR);
}

TEST(DumpDir, follows_our_own_link_but_not_a_planted_one) {
  const TempDir temp;
  std::filesystem::create_directory(temp / "real");
  std::filesystem::create_directory(temp / "shared");
  chmod((temp / "shared").c_str(), 01777);
  for (const char* place : {"shared/ours", "theirs", "shared/theirs"}) {
    std::filesystem::create_symlink(temp / "real", temp / place);
  }
  EXPECT_EQ(open_error(temp / "shared/ours"), 0);
  EXPECT_EQ(open_error(temp / "shared/ours/"), 0);

  SKIP_UNLESS_ROOT();
  for (const char* place : {"theirs", "shared/theirs"}) {
    ASSERT_EQ(lchown((temp / place).c_str(), kSomebody, kSomebody), 0);
  }
  EXPECT_EQ(open_error(temp / "theirs"), 0) << "only its owner could put it there";
  EXPECT_EQ(open_error(temp / "shared/theirs"), ELOOP);
  EXPECT_EQ(open_error(temp / "shared/theirs//"), ELOOP) << "slashes do not open it";
  EXPECT_EQ(open_error(temp / "shared/nobody/below"), 0);
}

TEST(DumpDir, moves_the_millisecond_on_while_a_name_is_taken) {
  const TempDir temp;
  DumpDir dir;
  ASSERT_TRUE(dir.open(temp.path).is_ok());
  const auto next = [&] { return std::string(dir.new_event(kTime, "app", 1, Kind::cpu).view()); };
  EXPECT_EQ(next(), "20261121T194952.145Z-app-1-cpu");
  test::write_text(temp / ".20261121T194952.145Z-app-1-cpu.cpu.pb.gz.part", "");
  EXPECT_EQ(next(), "20261121T194952.146Z-app-1-cpu");
  test::write_text(temp / "20261121T194952.146Z-app-1-cpu.json", "");
  EXPECT_EQ(next(), "20261121T194952.147Z-app-1-cpu");
  test::write_text(temp / "20261121T194952.147Z-app-1-mem.json", "");
  test::write_text(temp / "20261121T194952.147Z-app-11-cpu.json", "");
  EXPECT_EQ(next(), "20261121T194952.147Z-app-1-cpu");
}

class AsideFileTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(dir.open(temp.path).is_ok()); }
  TempDir temp;
  DumpDir dir;
};

TEST_F(AsideFileTest, appears_under_its_final_name_only_when_committed) {
  {
    AsideFile file(dir);
    ASSERT_TRUE(file.create("n.txt").is_ok());
    EXPECT_EQ(temp.names(), (std::vector<std::string>{".n.txt.part"}));
    EXPECT_EQ(mode_of(temp / ".n.txt.part"), 0600u);
    ASSERT_EQ(write(file.fd(), "whole", 5), 5);
    ASSERT_TRUE(file.commit(Stage::final_name).is_ok());
  }
  EXPECT_EQ(temp.names(), (std::vector<std::string>{"n.txt"}));
  EXPECT_EQ(test::read_text(temp / "n.txt"), "whole");
}

TEST_F(AsideFileTest, goes_through_raw_to_its_name) {
  {
    AsideFile file(dir);
    ASSERT_TRUE(file.create("n.txt").is_ok());
    ASSERT_TRUE(file.commit(Stage::raw).is_ok());
  }
  EXPECT_EQ(temp.names(), (std::vector<std::string>{".n.txt.raw"}));
  EXPECT_TRUE(publish_raw_file(dir, "n.txt").is_ok());
  EXPECT_EQ(temp.names(), (std::vector<std::string>{"n.txt"}));
  EXPECT_EQ(publish_raw_file(dir, "n.txt").error(), ENOENT);
}

TEST_F(AsideFileTest, leaves_nothing_when_it_is_not_committed) {
  {
    AsideFile file(dir);
    ASSERT_TRUE(file.create("n.txt").is_ok());
    EXPECT_EQ(file.create("m.txt").error(), EBUSY);
  }
  EXPECT_TRUE(temp.names().empty());
  AsideFile never(dir);
  EXPECT_EQ(never.commit(Stage::raw).error(), EBADF);
}

TEST_F(AsideFileTest, never_replaces_a_file_that_is_there) {
  test::write_text(temp / "n.txt", "older");
  {
    AsideFile file(dir);
    ASSERT_TRUE(file.create("n.txt").is_ok());
    EXPECT_EQ(file.commit(Stage::final_name).error(), EEXIST);
  }
  EXPECT_EQ(temp.names(), (std::vector<std::string>{"n.txt"}));
  EXPECT_EQ(test::read_text(temp / "n.txt"), "older");
}

TEST_F(AsideFileTest, never_writes_through_a_planted_link_or_file) {
  test::write_text(temp / "victim", "precious");
  std::filesystem::create_symlink(temp / "victim", temp / ".n.txt.part");
  std::filesystem::create_symlink(temp / "missing", temp / ".m.txt.part");
  test::write_text(temp / ".o.txt.part", "planted");
  for (const char* name : {"n.txt", "m.txt", "o.txt"}) {
    AsideFile file(dir);
    EXPECT_EQ(file.create(name).error(), EEXIST) << name;
  }
  EXPECT_EQ(test::read_text(temp / "victim"), "precious");
  EXPECT_FALSE(std::filesystem::exists(temp / "missing"));
  EXPECT_TRUE(std::filesystem::is_symlink(temp / ".n.txt.part")) << "not ours to remove";

  std::filesystem::create_symlink(temp / "victim", temp / "p.txt");
  AsideFile file(dir);
  ASSERT_TRUE(file.create("p.txt").is_ok());
  EXPECT_EQ(file.commit(Stage::final_name).error(), EEXIST);
  EXPECT_EQ(test::read_text(temp / "victim"), "precious");
}

TEST_F(AsideFileTest, the_open_folder_is_the_folder_even_if_its_path_leads_elsewhere) {
  const std::string moved = temp.path + "-moved";
  ASSERT_EQ(rename(temp.path.c_str(), moved.c_str()), 0);
  std::filesystem::create_directory(temp.path);
  {
    AsideFile file(dir);
    ASSERT_TRUE(file.create("n.txt").is_ok());
    ASSERT_TRUE(file.commit(Stage::final_name).is_ok());
  }
  EXPECT_TRUE(temp.names().empty());
  EXPECT_TRUE(std::filesystem::exists(moved + "/n.txt"));
  std::filesystem::remove_all(moved);
}

}  // namespace
}  // namespace holmes
