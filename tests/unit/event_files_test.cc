#include "output/event_files.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <memory>

#include "output/utc_time.h"
#include "output_support.h"

namespace holmes {
namespace {

using test::ProfileBuilder;
using test::TempDir;

class EventFilesTest : public ::testing::Test {
 protected:
  void SetUp() override { use(temp.path); }

  void use(const std::string& path) {
    ASSERT_TRUE(dir.open(path).is_ok());
    record = std::make_unique<EventRecord>();
    record->decided_us = realtime_us();
    record->comm = std::string_view("app");
    record->event = dir.new_event(record->decided_us, "app", getpid(), Kind::mem);
    event = record->event.view();
  }

  Status add(ProfileKind kind, DumpFormat format, size_t samples = 1) {
    ProfileBuilder builder(kind);
    for (size_t i = 0; i < samples; ++i) {
      builder.sample(builder.stack({0x400000 + i, 0x500000}), {1, 10000000, 1, 1 << 30});
    }
    return write_profile_file(dir, builder.profile(), {format, true}, arena, *record);
  }

  TempDir temp;
  DumpDir dir;
  Arena arena;
  std::unique_ptr<EventRecord> record;
  std::string event;
};

TEST_F(EventFilesTest, stay_aside_until_the_event_is_finished) {
  ASSERT_TRUE(add(ProfileKind::threads, DumpFormat::binary).is_ok());
  ASSERT_TRUE(add(ProfileKind::threadcreate, DumpFormat::binary).is_ok());
  ASSERT_TRUE(write_draft(dir, *record, arena).is_ok());
  EXPECT_EQ(temp.names(), (std::vector<std::string>{"." + event + ".json.raw",
                                                    "." + event + ".threadcreate.pb.gz.raw",
                                                    "." + event + ".threads.pb.gz.raw"}));
  ASSERT_TRUE(finish_event(dir, *record, arena).is_ok());
  EXPECT_EQ(temp.names(), (std::vector<std::string>{event + ".json", event + ".threadcreate.pb.gz",
                                                    event + ".threads.pb.gz"}));
  EXPECT_EQ(record->files.begin()->bytes,
            std::filesystem::file_size(temp / (event + ".threads.pb.gz")));
  EXPECT_GT(record->write_us, 0);
  EXPECT_NE(test::read_text(temp / (event + ".json")).find("\"symbolized\":false"),
            std::string::npos);
}

TEST_F(EventFilesTest, every_kind_opens_in_every_format) {
  SKIP_WITHOUT("go");
  for (const DumpFormat format : {DumpFormat::binary, DumpFormat::text}) {
    use(temp.path);
    for (const ProfileKind kind :
         {ProfileKind::heap, ProfileKind::cpu, ProfileKind::threads, ProfileKind::threadcreate}) {
      ASSERT_TRUE(add(kind, format).is_ok());
    }
    ASSERT_TRUE(finish_event(dir, *record, arena).is_ok());
    for (const FileRecord& file : record->files) {
      const test::Ran ran = test::pprof_raw(temp / std::string(file.name.view()));
      EXPECT_EQ(ran.code, 0) << file.name.view() << "\n" << ran.output;
      EXPECT_NE(ran.output.find("0x400000"), std::string::npos) << file.name.view();
    }
  }
}

TEST_F(EventFilesTest, what_the_command_finished_before_it_was_stopped_is_kept) {
  ASSERT_TRUE(add(ProfileKind::threads, DumpFormat::text).is_ok());
  ASSERT_TRUE(add(ProfileKind::threadcreate, DumpFormat::text).is_ok());
  ASSERT_TRUE(write_draft(dir, *record, arena).is_ok());
  // One profile has names and its raw form is still there; of the manifest there is a torso.
  test::write_text(temp / (event + ".threads.txt"), "with names");
  test::write_text(temp / ("." + event + ".json.part"), "{");
  ASSERT_TRUE(finish_event(dir, *record, arena).is_ok());
  EXPECT_EQ(temp.names(), (std::vector<std::string>{event + ".json", event + ".threadcreate.txt",
                                                    event + ".threads.txt"}));
  EXPECT_EQ(test::read_text(temp / (event + ".threads.txt")), "with names");
  EXPECT_EQ(record->files.begin()->bytes, 10u);
}

TEST_F(EventFilesTest, a_discarded_event_leaves_nothing) {
  ASSERT_TRUE(add(ProfileKind::heap, DumpFormat::binary).is_ok());
  ASSERT_TRUE(write_draft(dir, *record, arena).is_ok());
  discard_event(dir, *record);
  EXPECT_TRUE(temp.names().empty());
}

// A tmpfs of 256 KiB in a folder of the test.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    std::filesystem::create_directory(path);
    mounted_ = mount("none", path.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST_F(EventFilesTest, a_full_disk_leaves_nothing_under_any_name_and_dumping_resumes) {
  SKIP_UNLESS_ROOT();
  const std::string path = temp / "small";
  const SmallDisk disk(path);
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a tmpfs here";
  use(path);
  for (const DumpFormat format : {DumpFormat::binary, DumpFormat::text}) {
    EXPECT_EQ(add(ProfileKind::heap, format, 20000).error(), ENOSPC);
    EXPECT_TRUE(std::filesystem::is_empty(path));
    EXPECT_EQ(record->files.size(), 0u);
  }
  // Full from the start.
  const std::string hog = path + "/hog";
  test::write_text(hog, std::string(300 << 10, 'x'));
  EXPECT_EQ(write_draft(dir, *record, arena).error(), ENOSPC);
  std::filesystem::remove(hog);
  EXPECT_TRUE(std::filesystem::is_empty(path));

  ASSERT_TRUE(add(ProfileKind::heap, DumpFormat::binary, 100).is_ok());
  ASSERT_TRUE(write_draft(dir, *record, arena).is_ok());
  ASSERT_TRUE(finish_event(dir, *record, arena).is_ok());
  EXPECT_TRUE(std::filesystem::exists(path + "/" + event + ".json"));
}

}  // namespace
}  // namespace holmes
