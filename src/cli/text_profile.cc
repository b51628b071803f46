#include "cli/text_profile.h"

#include "cli/error.h"
#include "cli/scan.h"

namespace holmes::cli {

namespace {

constexpr std::string_view kMemoryMap = "--- Memory map: ---";

[[noreturn]] void fail(size_t line, const std::string& problem) {
  throw Error("line " + std::to_string(line + 1) + " of the text profile: " + problem);
}

bool is_comment(std::string_view line) {
  skip_spaces(line);
  line = without_newline(line);
  return line.empty() || line.front() == '#';
}

// "2: 512 [3: 1024] @ heap_v2/524288", the header of a heap profile behind its name, and also the
// front of its groups: inuse count and bytes, then allocated ones. -> order of sample_types().
bool take_heap_values(std::string_view& line, std::vector<int64_t>& values) {
  int64_t numbers[4];
  static constexpr std::string_view kAfter[] = {":", "[", ":", "]"};
  for (int i = 0; i < 4; ++i) {
    skip_spaces(line);
    const auto number = take_number<int64_t>(line);
    if (!number) return false;
    numbers[i] = *number;
    skip_spaces(line);
    if (!take(line, kAfter[i])) return false;
  }
  values = {numbers[2], numbers[3], numbers[0], numbers[1]};
  return true;
}

bool take_count(std::string_view& line, std::vector<int64_t>& values) {
  const auto count = take_number<int64_t>(line);
  if (!count) return false;
  values = {*count};
  return true;
}

bool read_header(std::string_view line, TextProfile& profile) {
  line = without_newline(line);
  profile.kind = std::string(take_word(line));
  if (profile.kind.empty() || !take(line, " profile:")) return false;
  skip_spaces(line);
  if (take(line, "total ")) return take_number<int64_t>(line).has_value();
  std::vector<int64_t> totals;
  if (profile.kind != "heap" || !take_heap_values(line, totals)) return false;
  skip_spaces(line);
  if (!take(line, "@")) return false;
  skip_spaces(line);
  if (!take(line, "heap_v2/")) return false;
  const auto period = take_number<int64_t>(line);
  profile.period = period.value_or(0);
  return period.has_value();
}

void read_addresses(std::string_view line, size_t number, TextGroup& group) {
  for (skip_spaces(line); !line.empty(); skip_spaces(line)) {
    const auto address = take(line, "0x") ? take_number<uint64_t>(line, 16) : std::nullopt;
    if (!address) fail(number, "not an address: \"" + std::string(line.substr(0, 40)) + "\"");
    group.lookups.push_back(*address - (*address != 0 ? 1 : 0));
  }
}

TextGroup read_group(const TextProfile& profile, std::string_view line, size_t number) {
  TextGroup group;
  group.line = number;
  line = without_newline(line);
  skip_spaces(line);
  const bool ok = profile.kind == "heap" ? take_heap_values(line, group.values)
                                         : take_count(line, group.values);
  skip_spaces(line);
  if (!ok || !take(line, "@")) fail(number, "not a group of a " + profile.kind + " profile");
  read_addresses(line, number, group);
  return group;
}

bool read_frame(std::string_view line, TextFrame& frame) {
  if (!take(line, "#\t0x")) return false;
  const auto address = take_number<uint64_t>(line, 16);
  if (!address || !take(line, "\t")) return false;
  frame.lookup = *address;
  line = without_newline(line);
  const size_t tab = line.find('\t');
  frame.function = line.substr(0, tab);
  const size_t plus = frame.function.rfind("+0x");
  if (plus != std::string_view::npos) frame.function = frame.function.substr(0, plus);
  if (frame.function == "??") frame.function = {};
  if (tab == std::string_view::npos || frame.function.empty()) return true;
  // Without a line it is the library's name, no source.
  const std::string_view place = line.substr(tab + 1);
  const size_t colon = place.rfind(':');
  if (colon == std::string_view::npos) return true;
  std::string_view digits = place.substr(colon + 1);
  const auto number = take_number<int64_t>(digits);
  if (!number || !digits.empty()) return true;
  frame.line = *number;
  frame.file = place.substr(0, colon);
  return true;
}

// "7f00-7f10 r-xp 00001000 08:01 1234   /path (deleted)"
void read_mapping(std::string_view line, size_t number, TextProfile& profile) {
  line = without_newline(line);
  if (line.empty()) return;
  TextMapping mapping;
  const auto start = take_number<uint64_t>(line, 16);
  const bool dash = take(line, "-");
  const auto limit = take_number<uint64_t>(line, 16);
  if (!start || !dash || !limit) fail(number, "not a mapping");
  skip_spaces(line);
  const std::string_view permissions = take_word(line);
  skip_spaces(line);
  const auto offset = take_number<uint64_t>(line, 16);
  if (!offset) fail(number, "a mapping without an offset");
  for (int i = 0; i < 2; ++i) {  // device, inode
    skip_spaces(line);
    take_word(line);
  }
  skip_spaces(line);
  if (permissions.find('x') == std::string_view::npos) return;
  constexpr std::string_view kDeleted = " (deleted)";
  mapping = {*start, *limit, *offset, line, line.ends_with(kDeleted)};
  if (mapping.deleted) mapping.path.remove_suffix(kDeleted.size());
  profile.mappings.push_back(mapping);
}

std::string_view comment_text(std::string_view line) {
  line = without_newline(line);
  skip_spaces(line);
  take(line, "#");
  skip_spaces(line);
  return line;
}

// Where the groups begin: behind the header.
size_t find_header(TextProfile& profile) {
  size_t at = 0;
  while (at < profile.lines.size() && is_comment(profile.lines[at])) ++at;
  if (at == profile.lines.size() || !read_header(profile.lines[at], profile)) {
    fail(at, "not a header of a heap or count profile");
  }
  return at + 1;
}

void read_groups(TextProfile& profile, size_t first) {
  size_t at = first;
  for (; at < profile.lines.size(); ++at) {
    const std::string_view line = profile.lines[at];
    TextFrame frame;
    if (line.starts_with(kMemoryMap)) break;
    if (!profile.groups.empty() && read_frame(line, frame) &&
        profile.groups.back().line + profile.groups.back().frame_lines + 1 == at) {
      profile.groups.back().frames.push_back(frame);
      ++profile.groups.back().frame_lines;
    } else if (!is_comment(line)) {
      profile.groups.push_back(read_group(profile, line, at));
    } else if (!comment_text(line).empty()) {
      profile.comments.push_back(comment_text(line));
    }
  }
  profile.map_line = at;
}

}  // namespace

bool TextGroup::named() const {
  for (const TextFrame& frame : frames) {
    if (!frame.function.empty()) return true;
  }
  return false;
}

bool is_text_profile(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view line = take_line(bytes);
    if (is_comment(line)) continue;
    TextProfile ignored;
    return line.size() < 4096 && read_header(line, ignored);
  }
  return false;
}

TextProfile parse_text_profile(std::string_view bytes) {
  TextProfile profile;
  while (!bytes.empty()) profile.lines.push_back(take_line(bytes));
  read_groups(profile, find_header(profile));
  for (size_t i = profile.map_line + 1; i < profile.lines.size(); ++i) {
    read_mapping(profile.lines[i], i, profile);
  }
  return profile;
}

}  // namespace holmes::cli
