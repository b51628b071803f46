// The second half of retention.h: what processes left behind when they died.
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>

#include <atomic>

#include "base/arena.h"
#include "base/clock.h"
#include "output/event_files.h"
#include "output/folder.h"
#include "output/retention.h"
#include "output/utc_time.h"
#include "platform/syscall.h"
#include "stats/stats.h"

namespace holmes {
namespace {

// /proc counts start times in hundredths of a second since boot, and boot is known to about as
// much.
constexpr int64_t kTickUs = 10'000;
constexpr int64_t kClockSlackUs = 1'000'000;

int64_t boot_us() {
  timespec since_boot = {};
  sys::call(SYS_clock_gettime, CLOCK_BOOTTIME, &since_boot);
  return realtime_us() - int64_t{since_boot.tv_sec} * 1'000'000 - since_boot.tv_nsec / 1000;
}

// Has somebody set the clock within the last hour? Then times in names and of files say nothing
// about which came first: a living process would seem to have started after its own event. Noticed
// by the difference between the clocks since the last look.
bool clock_was_set() {
  static std::atomic<int64_t> known_boot_us{0};
  static std::atomic<int64_t> set_ns{0};
  const int64_t boot = boot_us();
  const int64_t known = known_boot_us.exchange(boot);
  const int64_t shift = boot - known;
  const int64_t now_ns = monotonic_ns();
  if (known != 0 && (shift > kClockSlackUs || shift < -kClockSlackUs)) set_ns.store(now_ns);
  const int64_t set = set_ns.load();
  return set != 0 && now_ns - set < kStalePartUs * 1000;
}

std::string_view read_proc(int pid, std::string_view file, std::span<char> buffer) {
  TextBuffer<48> path;
  path.put("/proc/").num(pid).put('/').put(file).put('\0');
  const long bytes = read_file(path.view().data(), buffer);
  return bytes < 0 ? std::string_view()
                   : std::string_view(buffer.data(), static_cast<size_t>(bytes));
}

int64_t modified_us(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1'000'000 + info.st_mtim.tv_nsec / 1000;
}

// The files of an event, raw or finished.
void add_files(const DumpDir& dir, EventRecord& record) {
  for (const ProfileKind kind : kProfileKinds) {
    for (const bool text : {false, true}) {
      FileRecord file;
      file.profile = kind;
      file.name = profile_file_name(record.event, kind, text);
      struct stat info;
      if (!is_own_file(dir.fd(), staged_name(file.name, Stage::raw).c_str(), info) &&
          !is_own_file(dir.fd(), file.name.c_str(), info)) {
        continue;
      }
      file.bytes = static_cast<uint64_t>(info.st_size);
      if (FileRecord* place = record.files.add()) *place = file;
    }
  }
}

Status write_recovered(const DumpDir& dir, std::string_view event) {
  const auto parts = parse_event_name(event);
  Arena arena;
  const auto records = arena.array<EventRecord>(1);
  if (!parts || records.empty()) return {"allocate memory for a manifest", ENOMEM};
  EventRecord& record = records[0];
  record.event.assign(event);
  record.kind = parts->kind;
  record.reason = EventReason::recovered;
  record.decided_us = parts->time_us;
  record.pid = parts->pid;
  record.comm.assign(parts->comm);
  add_files(dir, record);
  if (FixedString<191>* note = record.notes.add())
    note->assign(
        "the process ended before it wrote this manifest: the profiles say what triggered them");
  return write_draft(dir, record, arena);
}

class Adoption {
 public:
  Adoption(const DumpDir& dir, int64_t now_us, int64_t grace_us)
      : dir_(dir), now_us_(now_us), grace_us_(grace_us) {}

  AdoptionResult run() {
    pass(false);
    pass(true);
    return result_;
  }

 private:
  // Manifests in a pass of their own: each is the last file of its event to appear.
  void pass(bool manifests) {
    alignas(8) char buffer[4096];
    const long listed = for_each_entry(dir_.fd(), buffer, [&](const char* name) {
      const auto file = parse_event_file(name);
      if (file && file->manifest == manifests && file->stage != Stage::final_name) {
        look_at(name, *file);
      }
    });
    if (listed < 0) result_.status = Status("list the dump folder", static_cast<int>(-listed));
  }

  void look_at(const char* name, const EventFile& file) {
    struct stat info;
    if (!is_own_file(dir_.fd(), name, info)) return;
    const int64_t age = now_us_ - modified_us(info);
    const int64_t stale = file.stage == Stage::part ? kStalePartUs : kStaleRawUs;
    const bool orphan = age >= grace_us_ && is_process_gone(file.event, !clock_was_set_);
    if (!orphan && (clock_was_set_ || age <= stale)) return;
    if (file.stage == Stage::part) {
      if (remove_entry(dir_.fd(), name) == 0) ++result_.removed;
    } else if (file.manifest || ensure_manifest(file.event, info)) {
      publish(name, file);
    }
  }

  // No profile is to stand without a manifest: where its process was killed between the two, there
  // is one now that says what the names tell.
  bool ensure_manifest(std::string_view event, const struct stat& profile) {
    const FileName manifest = manifest_name(event);
    const FileName draft = staged_name(manifest, Stage::raw);
    if (entry_exists(dir_.fd(), manifest.c_str()) || entry_exists(dir_.fd(), draft.c_str())) {
      return true;
    }
    // Half of one by the dead process; a young one is somebody's who is about to do the same.
    const FileName part = staged_name(manifest, Stage::part);
    struct stat info;
    if (is_own_file(dir_.fd(), part.c_str(), info) && now_us_ - modified_us(info) >= grace_us_) {
      remove_entry(dir_.fd(), part.c_str());
    }
    const Status written = write_recovered(dir_, event);
    if (!written.is_ok()) {
      if (written.error() != EEXIST) result_.status = written;
      return false;
    }
    // As old as what it describes: no grace for it.
    const timespec times[2] = {profile.st_mtim, profile.st_mtim};
    sys::call(SYS_utimensat, dir_.fd(), draft.c_str(), times, AT_SYMLINK_NOFOLLOW);
    return true;
  }

  void publish(const char* name, const EventFile& file) {
    const Status published = publish_raw_file(dir_, file.name);
    if (published.is_ok()) {
      ++result_.published;
    } else if (published.error() == EEXIST) {
      remove_entry(dir_.fd(), name);
    } else if (published.error() != ENOENT) {
      result_.status = published;
    }
  }

  const DumpDir& dir_;
  const int64_t now_us_;
  const int64_t grace_us_;
  const bool clock_was_set_ = clock_was_set();
  AdoptionResult result_;
};

}  // namespace

bool is_process_gone(std::string_view event, bool times_count) {
  const auto parts = parse_event_name(event);
  if (!parts) return false;
  if (sys::call(SYS_kill, parts->pid, 0) == -ESRCH) return true;
  char buffer[1024];
  const auto stat = parse_proc_stat(read_proc(parts->pid, "stat", buffer));
  if (!stat) return false;  // hidden from us (hidepid): it may well live
  if (file_safe_comm(stat->comm).view() != parts->comm) return true;
  if (!times_count) return false;
  const int64_t start_us = boot_us() + static_cast<int64_t>(stat->start_ticks) * kTickUs;
  return start_us > parts->time_us + kClockSlackUs;
}

AdoptionResult adopt_orphans(const DumpDir& dir, int64_t now_us, int64_t grace_us) {
  return Adoption(dir, now_us, grace_us).run();
}

}  // namespace holmes
