// A draft becomes an event: what appears, what vanishes, in which order, and what a failure leaves.
#include <algorithm>
#include <chrono>

#include "cli/error.h"
#include "cli/event.h"
#include "cli/file_io.h"
#include "cli/profile_file.h"
#include "unit/cli_support.h"

namespace holmes::cli {

__attribute__((noinline)) uint64_t place_of_event() {
  const auto address = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  asm volatile("" ::: "memory");
  return address - 1;
}

__attribute__((noinline)) uint64_t function_of_event() {
  const uint64_t lookup = place_of_event();
  asm volatile("" ::: "memory");
  return lookup;
}

namespace {

const std::string kEvent = "20261121T194952.145Z-ser-vice-4242-thread";

std::string raw_profile() {
  const uint64_t lookup = function_of_event();
  RawProfile raw;
  raw.sample_type("threads", "count").own_mapping_of(1, lookup);
  raw.location(1, 1, lookup).sample({1}, {5});
  return raw.gzipped();
}

int64_t steady_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

nlohmann::ordered_json draft_json() {
  nlohmann::ordered_json json;
  json["event"] = kEvent;
  json["kind"] = "thread";
  json["reason"] = "abs";
  json["current"] = 1013;
  json["average"] = 8;
  json["previous"] = {8, 8, 8, 1013};
  json["rule"] = {{"min", 10}, {"diff", 25}, {"abs", 100}, {"max", 0}};
  json["unit"] = "threads";
  json["limit"] = {{"memory_bytes", 1 << 30}, {"cpu_cores", 2}};
  json["time"] = "2026-11-21T19:49:52.145Z";
  json["pid"] = getpid();
  json["comm"] = "ser-vice";
  json["exe"] = own_mapping(function_of_event()).path;
  json["files"] = nlohmann::ordered_json::array();
  for (const char* profile : {"threads", "threadcreate"}) {
    json["files"].push_back({{"profile", profile},
                             {"name", kEvent + "." + profile + ".pb.gz"},
                             {"bytes", 1},
                             {"samples", 1},
                             {"dropped", 0}});
  }
  json["write_us"] = 0;
  json["decided_ns"] = steady_ns();
  json["symbolized"] = false;
  return json;
}

struct Folder : TempFolder {
  const std::string threads = kEvent + ".threads.pb.gz";
  const std::string created = kEvent + ".threadcreate.pb.gz";
  const std::string manifest = kEvent + ".json";
  const std::string draft = at("." + kEvent + ".json.raw");

  Folder() {
    write("." + threads + ".raw", raw_profile());
    write("." + created + ".raw", raw_profile());
    write("." + manifest + ".raw", draft_json().dump());
  }
};

bool is_named(const std::string& path) {
  const PprofModel model = ProfileFile(slurp(path)).take_model();
  const auto& lines = model.locations.at(0).lines;
  return !lines.empty() &&
         model.text(model.functions[lines[0].function].name) == "holmes::cli::function_of_event()";
}

TEST(Event, FinalsAppearAndRawsVanish) {
  const Folder folder;
  finish_event(folder.draft, 60);
  EXPECT_EQ(folder.names(),
            (std::vector<std::string>{folder.manifest, folder.created, folder.threads}));
  EXPECT_TRUE(is_named(folder.at(folder.threads)));
  EXPECT_TRUE(is_named(folder.at(folder.created)));
}

TEST(Event, TheManifestTellsTheFinalFacts) {
  const Folder folder;
  finish_event(folder.draft, 60);
  const Event event = read_manifest(folder.at(folder.manifest));
  EXPECT_EQ(event.json["symbolized"], true);
  EXPECT_FALSE(event.json.contains("decided_ns"));
  for (const EventFile& file : event.files) {
    EXPECT_EQ(file.bytes, std::filesystem::file_size(folder.at(file.name)));
  }
  EXPECT_EQ(event.history, (std::vector<double>{8, 8, 8, 1013}));
  EXPECT_EQ(event.json.begin().key(), "event") << "the order of keys is kept";
}

constexpr int64_t kMinuteNs = 60'000'000'000;

int64_t write_us_of(const nlohmann::ordered_json& draft) {
  const Folder folder;
  folder.write("." + folder.manifest + ".raw", draft.dump());
  finish_event(folder.draft, 60);
  return read_manifest(folder.at(folder.manifest)).json["write_us"].get<int64_t>();
}

TEST(Event, WritingIsMeasuredFromTheDecisionByTheSteadyClock) {
  auto json = draft_json();
  json["decided_ns"] = steady_ns() - std::min(steady_ns(), kMinuteNs);
  const int64_t least = (steady_ns() - json["decided_ns"].get<int64_t>()) / 1000;
  const int64_t us = write_us_of(json);
  EXPECT_GE(us, least);
  EXPECT_LT(us, least + 30'000'000);
}

TEST(Event, WhatTheHostMeasuredCountsWhereItsClockIsNotOurs) {
  auto json = draft_json();
  json["write_us"] = 7'000'000;
  for (const int64_t decided : {steady_ns() + kMinuteNs, INT64_MIN, INT64_MAX}) {
    json["decided_ns"] = decided;
    const int64_t us = write_us_of(json);
    EXPECT_GE(us, 7'000'000) << decided;
    EXPECT_LT(us, 37'000'000) << decided;
  }
  json["decided_ns"] = 0;
  json["pid"] = INT32_MAX;  // gone
  EXPECT_LT(write_us_of(json), 37'000'000);
  json["write_us"] = INT64_MAX;
  EXPECT_GE(write_us_of(json), 0);
}

TEST(Event, FilesAreForTheOwnerAlone) {
  const Folder folder;
  finish_event(folder.draft, 60);
  for (const std::string& name : folder.names()) {
    const auto mode = std::filesystem::status(folder.at(name)).permissions();
    EXPECT_EQ(static_cast<unsigned>(mode), 0600u) << name;
  }
}

TEST(Event, ADamagedProfileLeavesEverythingWhereItWas) {
  const Folder folder;
  const std::string raw = "." + folder.created + ".raw";
  folder.write(raw, raw_profile().substr(0, 40));
  const auto before = folder.names();
  try {
    finish_event(folder.draft, 60);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(raw), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("truncated"), std::string::npos) << error.what();
  }
  EXPECT_EQ(folder.names(), before);
}

TEST(Event, AnEventHalfDoneIsFinished) {
  const Folder folder;
  // As after being killed: the first profile stands under its name, a part of the second is left.
  std::filesystem::rename(folder.at("." + folder.threads + ".raw"), folder.at(folder.threads));
  folder.write("." + folder.created + ".part", "half");
  finish_event(folder.draft, 60);
  EXPECT_EQ(folder.names(),
            (std::vector<std::string>{folder.manifest, folder.created, folder.threads}));
  EXPECT_TRUE(is_named(folder.at(folder.created)));
}

TEST(Event, AMissingProfileIsNamed) {
  const Folder folder;
  std::filesystem::remove(folder.at("." + folder.threads + ".raw"));
  EXPECT_THROW(finish_event(folder.draft, 60), Error);
  EXPECT_FALSE(std::filesystem::exists(folder.at(folder.manifest)));
}

TEST(Event, AfterTheDeadlineTheFilesAreStillFinished) {
  const Folder folder;
  finish_event(folder.draft, 0);
  EXPECT_EQ(folder.names().size(), 3u);
  const PprofModel model = ProfileFile(slurp(folder.at(folder.threads))).take_model();
  ASSERT_EQ(model.comments.size(), 1u);
  EXPECT_NE(model.text(model.comments[0]).find("symbolizing stopped"), std::string::npos);
}

// Whenever it is killed: what stands under a final name is whole, and the manifest comes last.
TEST(Event, BeingKilledLeavesNothingDamaged) {
  bool finished = false;
  int interrupted = 0;
  for (int microseconds = 50; !finished && microseconds < 10'000'000;
       microseconds += microseconds / 4 + 50) {
    const Folder folder;
    const pid_t child = fork();
    if (child == 0) {
      finish_event(folder.draft, 60);
      _exit(0);
    }
    usleep(static_cast<useconds_t>(microseconds));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    finished = WIFEXITED(status);
    interrupted += finished ? 0 : 1;
    const bool manifest = std::filesystem::exists(folder.at(folder.manifest));
    for (const std::string& name : {folder.threads, folder.created}) {
      const bool final = std::filesystem::exists(folder.at(name));
      EXPECT_TRUE(final || !manifest);
      EXPECT_TRUE(final || std::filesystem::exists(folder.at("." + name + ".raw")));
      EXPECT_TRUE(!final || is_named(folder.at(name)));
    }
    EXPECT_TRUE(!manifest || read_manifest(folder.at(folder.manifest)).json["symbolized"] == true);
  }
  EXPECT_TRUE(finished);
  EXPECT_GT(interrupted, 0);
}

TEST(Event, OnlyADraftIsTaken) {
  const Folder folder;
  EXPECT_THROW(finish_event(folder.at(folder.manifest), 60), UsageError);
}

struct Damage {
  const char* key;
  nlohmann::ordered_json value;
  const char* complaint;
};

TEST(Manifest, DamageNamesTheKey) {
  const Damage kDamages[] = {
      {"event", 5, "\"event\" is not a string"},
      {"current", "much", "\"current\" is not a number"},
      {"pid", -1, "\"pid\" is not a count"},
      {"previous", 1, "\"previous\" is not a list"},
      {"files", {{{"profile", "heap"}, {"name", "../x"}, {"bytes", 1}}}, "beside the manifest"},
      {"files", {{{"profile", "heap"}, {"name", ".hidden"}, {"bytes", 1}}}, "beside the manifest"},
      {"files", {{{"profile", "heap"}, {"name", "x"}}}, "\"bytes\" is missing"},
  };
  for (const Damage& damage : kDamages) {
    nlohmann::ordered_json json = draft_json();
    json[damage.key] = damage.value;
    try {
      parse_manifest("/x/m.json", json.dump());
      ADD_FAILURE() << "accepted: " << damage.complaint;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(damage.complaint), std::string::npos)
          << error.what();
      EXPECT_NE(std::string(error.what()).find("/x/m.json"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(parse_manifest("m", "{\"event\":"), Error);
  EXPECT_THROW(parse_manifest("m", "[]"), Error);
}

TEST(Manifest, OnlyOurNamesAreTaken) {
  EXPECT_TRUE(is_manifest_name("20261121T194952.145Z-redis-server-4242-mem.json"));
  EXPECT_FALSE(is_manifest_name(".20261121T194952.145Z-redis-4242-mem.json.raw"));
  EXPECT_FALSE(is_manifest_name("20261121T194952.145Z-redis-mem.json"));
  EXPECT_FALSE(is_manifest_name("package.json"));
  EXPECT_FALSE(is_manifest_name("20261121T194952.145Z-.json"));
}

TEST(ReadFile, AFifoOrFolderIsRefusedAtOnce) {
  const TempFolder folder;
  ASSERT_EQ(mkfifo(folder.at("fifo").c_str(), 0600), 0);
  EXPECT_THROW(read_whole_file(folder.at("fifo")), Error);
  EXPECT_THROW(read_whole_file(folder.path()), Error);
}

TEST(WriteFile, APlantedLinkIsNotFollowed) {
  const TempFolder folder;
  folder.write("victim", "precious");
  std::filesystem::create_symlink(folder.at("victim"), folder.at(".out.part"));
  write_file_whole(folder.at("out"), "data");
  EXPECT_EQ(slurp(folder.at("victim")), "precious");
  EXPECT_EQ(slurp(folder.at("out")), "data");
}

}  // namespace
}  // namespace holmes::cli
