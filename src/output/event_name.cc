#include "output/event_name.h"

#include "base/slice.h"
#include "base/text.h"
#include "output/utc_time.h"

namespace holmes {
namespace {

constexpr std::string_view kManifest = ".json";
constexpr std::string_view kExtensions[] = {".pb.gz", ".txt"};

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '+' || c == '-';
}

bool is_safe_comm(std::string_view comm) {
  return !comm.empty() && file_safe_comm(comm).view() == comm;
}

// Digits without a leading zero, as a pid is written.
std::optional<int> parse_pid(std::string_view text) {
  if (text.empty() || text.size() > 9 || text[0] == '0') return std::nullopt;
  int pid = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    pid = pid * 10 + (c - '0');
  }
  return pid;
}

std::optional<Kind> parse_kind(std::string_view text) {
  for (size_t i = 0; i < kKinds; ++i) {
    if (kind_name(static_cast<Kind>(i)) == text) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

// Cuts the last "-tail" off `text` and returns the tail.
std::string_view cut_last(std::string_view& text) {
  size_t at = text.size();
  while (at > 0 && text[at - 1] != '-') --at;
  if (at == 0) return {};
  const std::string_view tail = after(text, at);
  text = first(text, at - 1);
  return tail;
}

bool cut_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// EVENT.PROFILE.EXT -> EVENT
bool cut_profile(std::string_view& name) {
  for (const std::string_view extension : kExtensions) {
    if (!cut_suffix(name, extension)) continue;
    for (const ProfileKind kind : kProfileKinds) {
      FixedString<16> tail(".");
      tail.append(profile_name(kind));
      if (cut_suffix(name, tail)) return true;
    }
    return false;
  }
  return false;
}

}  // namespace

FixedString<16> file_safe_comm(std::string_view comm) {
  FixedString<16> safe;
  for (const char c : comm) {
    const bool hides = safe.empty() && c == '.';
    const char kept = is_safe(c) && !hides ? c : '_';
    safe.append({&kept, 1});
  }
  if (safe.empty()) safe.assign("_");
  return safe;
}

EventName make_event_name(int64_t time_us, std::string_view comm, int pid, Kind kind) {
  TextBuffer<63> text;
  print_compact_time(time_us, text);
  text.put('-').put(file_safe_comm(comm)).put('-').num(pid).put('-').put(kind_name(kind));
  return EventName(text.view());
}

std::optional<EventParts> parse_event_name(std::string_view event) {
  if (event.size() <= kCompactTimeSize || event[kCompactTimeSize] != '-') return std::nullopt;
  const auto time = parse_compact_time(first(event, kCompactTimeSize));
  if (!time) return std::nullopt;
  std::string_view rest = after(event, kCompactTimeSize + 1);
  const auto kind = parse_kind(cut_last(rest));
  const auto pid = parse_pid(cut_last(rest));
  if (!kind || !pid || !is_safe_comm(rest)) return std::nullopt;
  return EventParts{*time, rest, *pid, *kind};
}

std::optional<EventFile> parse_event_file(std::string_view entry) {
  EventFile file;
  if (entry.starts_with('.')) {
    entry.remove_prefix(1);
    if (cut_suffix(entry, ".raw")) {
      file.stage = Stage::raw;
    } else if (cut_suffix(entry, ".part")) {
      file.stage = Stage::part;
    } else {
      return std::nullopt;
    }
  }
  file.name = entry;
  file.manifest = cut_suffix(entry, kManifest);
  if (!file.manifest && !cut_profile(entry)) return std::nullopt;
  if (!parse_event_name(entry)) return std::nullopt;
  file.event = entry;
  return file;
}

FileName staged_name(std::string_view name, Stage stage) {
  if (stage == Stage::final_name) return name;
  FileName staged(".");
  staged.append(name);
  staged.append(stage == Stage::raw ? ".raw" : ".part");
  return staged;
}

FileName manifest_name(std::string_view event) {
  FileName name(event);
  name.append(kManifest);
  return name;
}

FileName profile_file_name(std::string_view event, ProfileKind profile, bool text) {
  FileName name(event);
  name.append(".");
  name.append(profile_name(profile));
  name.append(kExtensions[text ? 1 : 0]);
  return name;
}

}  // namespace holmes
