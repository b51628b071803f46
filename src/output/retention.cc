#include "output/retention.h"

#include <errno.h>

#include <algorithm>

#include "base/text.h"
#include "output/folder.h"
#include "output/utc_time.h"

namespace holmes {
namespace {

struct OwnFile {
  EventName event;
  uint64_t bytes = 0;
};

template <typename Fn>
long for_each_own(const DumpDir& dir, Fn fn) {
  alignas(8) char buffer[4096];
  return for_each_entry(dir.fd(), buffer, [&](const char* name) {
    const auto file = parse_event_file(name);
    struct stat info;
    if (file && is_own_file(dir.fd(), name, info)) fn(name, *file, info);
  });
}

// Names begin with the time; those that lie in the future come first.
class Age {
 public:
  explicit Age(int64_t now_us) {
    TextBuffer<kCompactTimeSize> text;
    print_compact_time(now_us + kFutureUs, text);
    future_.assign(text.view());
  }
  bool older(std::string_view a, std::string_view b) const {
    const bool a_ahead = a > future_.view();
    return a_ahead != (b > future_.view()) ? a_ahead : a < b;
  }

 private:
  FixedString<kCompactTimeSize> future_;
};

// Own files by event, oldest event first. Files that appear between the two passes are left for the
// next time.
std::span<OwnFile> list_own(const DumpDir& dir, const Age& age, Arena& arena,
                            RetentionResult& result) {
  size_t count = 0;
  const long counted =
      for_each_own(dir, [&](const char*, const EventFile&, const struct stat&) { ++count; });
  if (counted < 0) result.status = Status("list the dump folder", static_cast<int>(-counted));
  const std::span<OwnFile> files = arena.array<OwnFile>(count);
  if (files.size() != count) result.status = Status("list the dump folder", ENOMEM);
  if (!result.status.is_ok() || count == 0) return {};
  size_t used = 0;
  for_each_own(dir, [&](const char*, const EventFile& file, const struct stat& info) {
    if (used < files.size()) {
      files[used++] = {EventName(file.event), static_cast<uint64_t>(info.st_size)};
    }
  });
  std::sort(files.begin(), files.begin() + static_cast<long>(used),
            [&](const OwnFile& a, const OwnFile& b) { return age.older(a.event, b.event); });
  return files.first(used);
}

struct Totals {
  uint64_t events = 0;
  uint64_t bytes = 0;
};

bool within(const Totals& totals, const RetentionLimits& limits) {
  return (limits.max_dumps == 0 || totals.events <= limits.max_dumps) &&
         (limits.max_bytes == 0 || totals.bytes <= limits.max_bytes);
}

bool starts_event(std::span<const OwnFile> files, size_t i) {
  return i == 0 || files[i].event.view() != files[i - 1].event.view();
}

// How many events, from the oldest on, have to go; `last` becomes the newest of them.
uint64_t count_victims(std::span<const OwnFile> files, const RetentionLimits& limits,
                       EventName& last) {
  Totals totals;
  for (size_t i = 0; i < files.size(); ++i) {
    totals.bytes += files[i].bytes;
    if (starts_event(files, i)) ++totals.events;
  }
  uint64_t victims = 0;
  for (size_t i = 0; i < files.size();) {
    if (totals.events <= 1 || within(totals, limits)) break;
    last = files[i].event;
    do {
      totals.bytes -= files[i++].bytes;
    } while (i < files.size() && !starts_event(files, i));
    --totals.events;
    ++victims;
  }
  return victims;
}

// Every own file of the events up to `last`: manifests, or all the others.
void remove_up_to(const DumpDir& dir, const Age& age, const EventName& last, bool manifests,
                  RetentionResult& result) {
  for_each_own(dir, [&](const char* name, const EventFile& file, const struct stat&) {
    if (file.manifest != manifests || age.older(last, file.event)) return;
    const long removed = remove_entry(dir.fd(), name);
    if (removed == 0) ++result.files;
    if (removed < 0 && removed != -ENOENT) {
      result.status = Status("remove an old dump", static_cast<int>(-removed));
    }
  });
}

}  // namespace

RetentionResult enforce_retention(const DumpDir& dir, const RetentionLimits& limits, Arena& arena,
                                  int64_t now_us) {
  const Age age(now_us);
  RetentionResult result;
  const std::span<const OwnFile> files = list_own(dir, age, arena, result);
  EventName last;
  result.events = count_victims(files, limits, last);
  if (result.events == 0) return result;
  remove_up_to(dir, age, last, true, result);
  remove_up_to(dir, age, last, false, result);
  return result;
}

}  // namespace holmes
