// The draft of an event becomes an event. Order matters: each profile reaches its name before its
// raw form goes, and the manifest comes last, so that being killed anywhere loses nothing.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>

#include "cli/error.h"
#include "cli/event.h"
#include "cli/file_io.h"
#include "cli/profile_file.h"
#include "cli/turn.h"
#include "cli/work_aside.h"

namespace holmes::cli {

namespace {

constexpr std::string_view kDraftEnd = ".json.raw";
constexpr std::chrono::milliseconds kIdlePatience{1500};
// At its deadline the search for names ends, and what was found is put into the profiles. Together
// with the deadline that the monitor gives (60 s) less than it waits itself (90 s).
constexpr double kTimeToWriteOut = 15;
constexpr double kPartForTurn = 1.0 / 3;  // of the deadline, while others are at work

using std::chrono::nanoseconds;

nanoseconds steady_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

uint64_t size_of(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) throw Error("cannot read " + path + ": " + errno_text(errno));
  return static_cast<uint64_t>(info.st_size);
}

std::string final_path_of(const std::string& draft_path) {
  const std::string name = name_of(draft_path);
  if (name.size() < kDraftEnd.size() + 2 || name[0] != '.' || !name.ends_with(kDraftEnd)) {
    throw UsageError("--event takes <dir>/.EVENT.json.raw, not " + draft_path);
  }
  const size_t length = name.size() - 1 - std::string_view(".raw").size();
  return folder_of(draft_path) + "/" + name.substr(1, length);
}

std::string raw_path(const Event& draft, const EventFile& file) {
  return draft.folder + "/." + file.name + ".raw";
}

struct RawProfile {
  std::string raw;                       // path
  std::string name;                      // path
  std::unique_ptr<ProfileFile> profile;  // nullptr: it stands under its name already
};

RawProfile load(const Event& draft, const EventFile& file) {
  RawProfile loaded{raw_path(draft, file), draft.folder + "/" + file.name, {}};
  // Published by somebody who was killed before the manifest.
  if (!is_regular_file(loaded.raw) && is_regular_file(loaded.name)) return loaded;
  try {
    loaded.profile = std::make_unique<ProfileFile>(read_whole_file(loaded.raw));
  } catch (const Error& error) {
    throw Error(loaded.raw + ": " + error.what());
  }
  return loaded;
}

// Time namespaces shift CLOCK_MONOTONIC; a process that is gone may have been of another boot.
bool has_our_clock(int64_t pid) {
  struct stat ours;
  struct stat theirs;
  if (stat("/proc/self/ns/time", &ours) != 0) return errno == ENOENT;  // before Linux 5.6
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/time";
  return stat(path.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
         ours.st_ino == theirs.st_ino;
}

// When the event was decided, by the steady clock: the other may be set in between. Where the
// host's is not ours, what the host had measured until the draft lies before now.
nanoseconds decided_at(const Event& draft) {
  const nanoseconds now = steady_now();
  if (has_our_clock(draft.pid)) {
    const int64_t decided = draft.json.value("decided_ns", int64_t{-1});
    if (decided >= 0 && decided <= now.count()) return nanoseconds(decided);
  }
  const int64_t most_us = now.count() / 1000;
  const int64_t us = std::clamp<int64_t>(draft.json.value("write_us", int64_t{0}), 0, most_us);
  return now - std::chrono::microseconds(us);
}

// The draft's profiles with names, in its order; empty: it stands under its name already.
Texts with_names(const Event& draft, double deadline_seconds) {
  Symbolizer symbolizer({static_cast<pid_t>(draft.pid), draft.exe, draft.build_id},
                        deadline_seconds);
  std::vector<RawProfile> profiles;
  for (const EventFile& file : draft.files) {
    profiles.push_back(load(draft, file));
    if (profiles.back().profile) profiles.back().profile->ask(symbolizer);
  }
  symbolizer.run();
  Texts texts;
  for (const RawProfile& file : profiles) {
    texts.push_back(file.profile ? file.profile->with_names(symbolizer) : std::string());
  }
  return texts;
}

// First in idle time alone, then as a session among others; in this process itself it is done by
// machines that allow neither, and whatever fails fails for all to see.
Texts name_aside(const std::function<Texts()>& work, size_t files, double deadline_seconds) {
  std::optional<Texts> done = in_idle_time(work, kIdlePatience);
  if (!done || done->size() != files) {
    const double patience = deadline_seconds + kTimeToWriteOut;
    done = in_own_session(work, std::chrono::milliseconds(static_cast<int64_t>(patience * 1000)));
  }
  return done && done->size() == files ? *done : work();
}

// What the wait takes is missing in the work: the monitor does not wait longer.
Texts name_in_turn(const Event& draft, double deadline_seconds) {
  const auto patience = std::chrono::duration<double>(deadline_seconds * kPartForTurn);
  const nanoseconds asked = steady_now();
  const Turn turn(draft.folder, std::chrono::duration_cast<std::chrono::milliseconds>(patience));
  const double waited = std::chrono::duration<double>(steady_now() - asked).count();
  const double left = std::max(deadline_seconds - waited, 0.0);
  return name_aside([&] { return with_names(draft, left); }, draft.files.size(), left);
}

void publish(const Event& draft, const EventFile& file, const std::string& text) {
  if (text.empty()) return;
  const std::string raw = raw_path(draft, file);
  write_file_whole(draft.folder + "/" + file.name, text);
  if (unlink(raw.c_str()) != 0) throw Error("cannot remove " + raw + ": " + errno_text(errno));
}

void publish_manifest(Event& event, nanoseconds decided, const std::string& draft_path,
                      const std::string& path) {
  nlohmann::ordered_json& json = event.json;
  for (size_t i = 0; i < event.files.size(); ++i) {
    json["files"][i]["bytes"] = size_of(event.folder + "/" + event.files[i].name);
  }
  json["write_us"] = (steady_now() - decided).count() / 1000;
  json["symbolized"] = true;
  json.erase("decided_ns");
  write_file_whole(path,
                   json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  unlink(draft_path.c_str());
  sync_folder(event.folder);
}

}  // namespace

std::string finish_event(const std::string& draft_path, double deadline_seconds) {
  const std::string path = final_path_of(draft_path);
  Event draft = read_manifest(draft_path);
  const nanoseconds decided = decided_at(draft);  // the host may be gone later
  const Texts texts = name_in_turn(draft, deadline_seconds);
  for (size_t i = 0; i < draft.files.size(); ++i) publish(draft, draft.files[i], texts[i]);
  publish_manifest(draft, decided, draft_path, path);
  return path;
}

}  // namespace holmes::cli
