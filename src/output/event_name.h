// The names of an event and of its files, made and recognised in one place.
//
//   EVENT   20261121T194952.145Z-redis-server-4242-mem      UTC time, comm, pid, kind
//   NAME    EVENT.PROFILE.EXT, or EVENT.json: the manifest
//   files   NAME, and while the event is made .NAME.part, .NAME.raw
//
// Names sort by time. Recognition is strict: retention removes what is recognised.
// Context: any. No allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/fixed_string.h"
#include "profile/profile.h"
#include "rule/kind.h"

namespace holmes {

using EventName = FixedString<63>;
using FileName = FixedString<95>;

// `comm` with everything but [A-Za-z0-9._+-] as '_', without a dot in front, at most 16 characters;
// "_" if it is empty.
FixedString<16> file_safe_comm(std::string_view comm);

EventName make_event_name(int64_t time_us, std::string_view comm, int pid, Kind kind);

struct EventParts {
  int64_t time_us = 0;
  std::string_view comm;  // file safe; a view into the parsed name
  int pid = 0;
  Kind kind = Kind::cpu;
};
std::optional<EventParts> parse_event_name(std::string_view event);

enum class Stage : uint8_t { final_name, raw, part };

// A folder entry that holmes made.
struct EventFile {
  std::string_view event;
  std::string_view name;  // NAME: without the dot in front and the stage behind
  bool manifest = false;
  Stage stage = Stage::final_name;
};
std::optional<EventFile> parse_event_file(std::string_view entry);

FileName staged_name(std::string_view name, Stage stage);
FileName manifest_name(std::string_view event);
// `text`: HOLMES_DUMP_FORMAT is text.
FileName profile_file_name(std::string_view event, ProfileKind profile, bool text);

}  // namespace holmes
