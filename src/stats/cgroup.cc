#include "stats/cgroup.h"

#include "base/slice.h"
#include "base/units.h"

namespace holmes {
namespace {

bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (take_until(list, ',') == word) return true;
  }
  return false;
}

struct MountLine {
  std::string_view root, point, type, options;  // escaped, as in the file
};

// "36 35 98:0 /root /point rw,noatime shared:1 - cgroup cgroup rw,memory": after the sixth word
// there may be any number of optional ones, up to the lone "-".
MountLine split_mount(std::string_view line) {
  MountLine mount;
  for (int skip = 0; skip < 3; ++skip) take_until(line, ' ');
  mount.root = take_until(line, ' ');
  mount.point = take_until(line, ' ');
  while (!line.empty() && take_until(line, ' ') != "-") {
  }
  mount.type = take_until(line, ' ');
  take_until(line, ' ');  // the source
  mount.options = line;
  return mount;
}

bool is_mount_of(const MountLine& mount, std::string_view controller) {
  if (controller == kUnified) return mount.type == "cgroup2";
  return mount.type == "cgroup" && lists(mount.options, controller);
}

constexpr bool is_octal(char c) { return c >= '0' && c <= '7'; }

// Blanks and backslashes in paths are written as \040 and the like.
bool unescape(std::string_view text, Path& out) {
  out.clear();
  while (!text.empty()) {
    char c = text.front();
    size_t used = 1;
    if (c == '\\' && text.size() > 3 && is_octal(text[1]) && is_octal(text[2]) &&
        is_octal(text[3])) {
      c = static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
      used = 4;
    }
    if (!out.append({&c, 1})) return false;
    text = after(text, used);
  }
  return true;
}

// The way from `root` down to `group`; nullopt where the one is not above the other. A group
// outside of our cgroup namespace is written "/../x": following that would leave the mount.
std::optional<std::string_view> way_down(std::string_view root, std::string_view group) {
  if (group == "/") group = {};
  if (root == "/") root = {};
  if (!has_prefix(group, root)) return {};
  const std::string_view way = after(group, root.size());
  if (!way.empty() && way.front() != '/') return {};
  if (way == "/.." || has_prefix(way, "/../")) return {};
  return way;
}

// Takes `mount` where it is better than what `best` holds.
void consider(const MountLine& mount, std::string_view group, bool& is_above,
              std::optional<Hierarchy>& best) {
  Path root, point;
  if (!unescape(mount.root, root) || !unescape(mount.point, point)) return;
  const std::optional<std::string_view> way = way_down(root, group);
  const bool better = way ? !is_above || root.size() < best->root.size() : !best.has_value();
  if (!better) return;
  best.emplace();
  best->point = point;
  best->root = root;
  if (!way) return;
  is_above = true;
  if (!best->below.assign(*way)) best->below.clear();
}

}  // namespace

std::optional<std::string_view> group_of(std::string_view proc_cgroup,
                                         std::string_view controller) {
  while (!proc_cgroup.empty()) {
    std::string_view group = take_until(proc_cgroup, '\n');
    const std::string_view id = take_until(group, ':');
    const std::string_view controllers = take_until(group, ':');
    const bool found =
        controller == kUnified ? id == "0" && controllers.empty() : lists(controllers, controller);
    if (found && !group.empty()) return group;
  }
  return {};
}

std::optional<Hierarchy> find_hierarchy(std::string_view mountinfo, std::string_view proc_cgroup,
                                        std::string_view controller) {
  const std::optional<std::string_view> group = group_of(proc_cgroup, controller);
  std::optional<Hierarchy> best;
  if (!group) return best;
  bool is_above = false;
  while (!mountinfo.empty()) {
    const MountLine mount = split_mount(take_until(mountinfo, '\n'));
    if (is_mount_of(mount, controller)) consider(mount, *group, is_above, best);
  }
  return best;
}

uint32_t count_cpu_list(std::string_view text) {
  uint64_t count = 0;
  text = trim(take_until(text, '\n'));
  while (!text.empty()) {
    std::string_view range = take_until(text, ',');
    const std::string_view from = take_until(range, '-');
    const std::optional<uint64_t> lowest = parse_unsigned(from);
    const std::optional<uint64_t> highest = range.empty() ? lowest : parse_unsigned(range);
    constexpr uint64_t kMostCpus = 1 << 20;
    if (!lowest || !highest || *highest < *lowest || *highest > kMostCpus) return 0;
    count += *highest - *lowest + 1;
  }
  return static_cast<uint32_t>(count);
}

}  // namespace holmes
