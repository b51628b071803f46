#include "cli/top_table.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "cli/allocator_frames.h"
#include "cli/error.h"
#include "cli/file_io.h"
#include "cli/terminal.h"

namespace holmes::cli {

namespace {

constexpr const char* kUnknownStack = "(stack not known)";

size_t value_index(const PprofModel& model, const std::string& type) {
  const std::string& wanted = type.empty() ? model.text(model.default_sample_type) : type;
  std::string known;
  for (size_t i = 0; i < model.sample_types.size(); ++i) {
    const std::string& name = model.text(model.sample_types[i].type);
    if (name == wanted) return i;
    known += (known.empty() ? "" : ", ") + name;
  }
  if (type.empty()) return model.sample_types.size() - 1;
  throw Error("the profile has no values \"" + type + "\", only: " + known);
}

std::string hex(uint64_t value) {
  char text[32];
  snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// Innermost first. Without a name: the library and the place in it.
std::vector<std::string> names_of(const PprofModel& model, const PprofLocation& location) {
  std::vector<std::string> names;
  for (const PprofLine& line : location.lines) {
    names.push_back(model.text(model.functions[line.function].name));
  }
  if (!names.empty()) return names;
  if (location.address == 0) return {kUnknownStack};
  if (location.mapping == kNone) return {hex(location.address)};
  const PprofMapping& mapping = model.mappings[location.mapping];
  const std::string& file = model.text(mapping.file);
  return {name_of(file) + "+" + hex(location.address - mapping.start + mapping.offset)};
}

std::string percent(int64_t part, int64_t whole) {
  char text[32];
  snprintf(text, sizeof text, "%.2f%%",
           whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

// Innermost first, without the frames that the profile itself calls uninteresting (but never all).
std::vector<std::string> frames_of(const PprofSample& sample,
                                   const std::vector<std::vector<std::string>>& names,
                                   const DroppedFrames& dropped) {
  std::vector<std::string> frames;
  for (const uint32_t location : sample.locations) {
    frames.insert(frames.end(), names[location].begin(), names[location].end());
  }
  for (size_t i = frames.size(); i > 1; --i) {
    if (!dropped.match(frames[i - 2])) continue;
    frames.erase(frames.begin(), frames.begin() + static_cast<ptrdiff_t>(i - 1));
    break;
  }
  return frames;
}

void count_sample(const PprofSample& sample, int64_t value,
                  const std::vector<std::vector<std::string>>& names, const DroppedFrames& dropped,
                  std::map<std::string, TopRow>& rows) {
  std::set<std::string> seen;
  bool leaf = true;
  for (const std::string& name : frames_of(sample, names, dropped)) {
    TopRow& row = rows[name];
    if (leaf) row.flat += value;
    if (seen.insert(name).second) row.cum += value;
    leaf = false;
  }
  if (!leaf) return;
  TopRow& unknown = rows[kUnknownStack];
  unknown.flat += value;
  unknown.cum += value;
}

}  // namespace

Top top_of(const PprofModel& model, const std::string& type) {
  const size_t index = value_index(model, type);
  Top top;
  top.type = model.text(model.sample_types[index].type);
  top.unit = model.text(model.sample_types[index].unit);
  std::vector<std::vector<std::string>> names;
  for (const PprofLocation& location : model.locations) names.push_back(names_of(model, location));
  std::map<std::string, TopRow> rows;
  const DroppedFrames dropped(model);
  for (const PprofSample& sample : model.samples) {
    const int64_t value = sample.values[index];
    if (value == 0) continue;
    top.total += value;
    count_sample(sample, value, names, dropped, rows);
  }
  for (auto& [name, row] : rows) {
    row.function = name;
    top.rows.push_back(std::move(row));
  }
  std::stable_sort(top.rows.begin(), top.rows.end(), [](const TopRow& a, const TopRow& b) {
    return a.flat != b.flat ? a.flat > b.flat : a.cum > b.cum;
  });
  return top;
}

std::string top_text(const Top& top, size_t count) {
  const size_t shown = std::min(count, top.rows.size());
  Table table({{"flat", true},
               {"flat%", true},
               {"sum%", true},
               {"cum", true},
               {"cum%", true},
               {"", false}});
  int64_t sum = 0;
  for (size_t i = 0; i < shown; ++i) {
    const TopRow& row = top.rows[i];
    sum += row.flat;
    table.add({amount_text(row.flat, top.unit), percent(row.flat, top.total),
               percent(sum, top.total), amount_text(row.cum, top.unit), percent(row.cum, top.total),
               printable(row.function)});
  }
  std::string text = top.type + ": " + amount_text(sum, top.unit) + " of " +
                     amount_text(top.total, top.unit) + " (" + percent(sum, top.total) + ")";
  text +=
      " in " + std::to_string(shown) + " of " + std::to_string(top.rows.size()) + " functions\n";
  return text + table.text();
}

}  // namespace holmes::cli
