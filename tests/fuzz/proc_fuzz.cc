// /proc's text and the control groups' files, as whatever stands there.
//
// Input: sections that begin with a line "@PATH": the file of that name.
#include <errno.h>

#include <cmath>

#include "base/slice.h"
#include "fuzz_input.h"
#include "stats/cgroup.h"
#include "stats/stats.h"

namespace holmes {
namespace {

std::string_view section(std::string_view text, std::string_view path) {
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\n');
    if (line.empty() || line.front() != '@' || after(line, 1) != path) continue;
    const size_t end = text.find("\n@");
    return first(text, end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}

long read_section(void* context, const char* path, std::span<char> buffer) {
  const std::string_view content = section(*static_cast<std::string_view*>(context), path);
  if (content.data() == nullptr) return -ENOENT;
  const std::string_view part = first(content, buffer.size());
  if (!part.empty()) std::memcpy(buffer.data(), part.data(), part.size());
  return static_cast<long>(part.size());
}

}  // namespace
}  // namespace holmes

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes;
  std::string_view text = fuzz::Input(data, size).text();
  parse_proc_stat(text);
  parse_kb_field(text, "VmRSS");
  if (const auto memory = parse_smaps_rollup(text)) {
    fuzz::require(memory->rss == memory->anonymous + memory->shmem + memory->file);
  }
  count_cpu_list(text);
  const FileReader files{read_section, &text};
  for (const bool use_cgroup : {true, false}) {
    const Limits limits = find_limits(files, 4, use_cgroup);
    fuzz::require(std::isfinite(limits.cpu_cores) && limits.cpu_cores > 0 && limits.cpu_cores <= 4);
  }
  own_cgroup(files);
  return 0;
}
