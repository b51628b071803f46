// Where the variables come from: the environment, then the config file.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/slice.h"
#include "base/text.h"
#include "config/config.h"
#include "config/variables.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr std::string_view kPrefix = "HOLMES_";
constexpr size_t kLargestFile = size_t{64} << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors put it in front

void tell(const WarningSink& warn, const ConfigWarning& warning) {
  if (warn.call != nullptr) warn.call(warn.context, warning);
}

// HOLMES_EVENT is ours, though nobody sets it for us: HOLMES_ON_DUMP commands find it, and may
// start a watched program themselves.
bool is_expected(std::string_view name) { return name == "HOLMES_EVENT"; }

void warn_of_unknown(std::string_view name, const WarningSink& warn) {
  if (is_expected(name)) return;
  TextBuffer<100> problem;
  problem.put("unknown variable");
  const std::string_view nearest = nearest_variable(name);
  if (!nearest.empty()) problem.put(" (did you mean ").put(nearest).put("?)");
  tell(warn, {name, {}, problem.view(), {}});
}

void apply_environment(Config& config, const char* const* environment, const WarningSink& warn) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    std::string_view value(*environment);
    if (!has_prefix(value, kPrefix)) continue;
    const std::string_view name = take_until(value, '=');
    if (!set_variable(config, name, value, warn)) warn_of_unknown(name, warn);
  }
}

std::string_view unquoted(std::string_view value) {
  const bool is_quoted = value.size() >= 2 && value.front() == value.back() &&
                         (value.front() == '"' || value.front() == '\'');
  return is_quoted ? first(after(value, 1), value.size() - 2) : value;
}

// A file that names another one: loading it would need a rule for which of the two wins.
void refuse_config(const Config& config, std::string_view value, const WarningSink& warn) {
  if (value.empty() || value == config.config_file.view()) return;
  tell(warn, {"HOLMES_CONFIG", value, "a config file cannot name another one", {}});
}

void apply_line(Config& config, std::string_view line, const WarningSink& warn) {
  line = trim(line);
  if (line.empty() || line.front() == '#') return;
  if (has_prefix(line, "export ")) line = trim(after(line, 7));
  if (line.find('=') == std::string_view::npos) {
    tell(warn, {line, {}, "not a line NAME=VALUE", {}});
    return;
  }
  const std::string_view name = trim(take_until(line, '='));
  const std::string_view value = unquoted(trim(line));
  if (name == "HOLMES_CONFIG") return refuse_config(config, trim(value), warn);
  if (!set_variable(config, name, value, warn)) warn_of_unknown(name, warn);
}

// 0 or -errno. A FIFO or a device would keep the host waiting at its start: regular files only.
long read_regular(const char* path, std::span<char> buffer, size_t& size) {
  const UniqueFd fd = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.valid()) return fd.get();
  struct stat status;
  if (const long error = sys::call(SYS_fstat, fd.get(), &status); error < 0) return error;
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
  const long got = read_some(fd.get(), buffer);
  if (got < 0) return got;
  size = static_cast<size_t>(got);
  return size == buffer.size() ? -EFBIG : 0;
}

void apply_file(Config& config, std::span<char> buffer, const WarningSink& warn) {
  size_t size = 0;
  const long error = read_regular(config.config_file.c_str(), buffer, size);
  if (error == 0) return apply_config_text(config, {buffer.data(), size}, warn);
  TextBuffer<100> problem;
  problem.put("cannot be read: ").put(error_name(static_cast<int>(-error)));
  tell(warn, {"HOLMES_CONFIG", config.config_file, problem.view(), "the environment alone"});
}

}  // namespace

void apply_config_text(Config& config, std::string_view text, const WarningSink& warn) {
  if (has_prefix(text, kByteOrderMark)) text = after(text, kByteOrderMark.size());
  while (!text.empty()) apply_line(config, take_until(text, '\n'), warn);
}

void apply_config_file(Config& config, const WarningSink& warn) {
  if (config.config_file.empty()) return;
  Arena arena;  // the reader may be the monitor thread, whose stack is small
  auto* buffer = static_cast<char*>(arena.allocate(kLargestFile));
  if (buffer != nullptr) return apply_file(config, {buffer, kLargestFile}, warn);
  tell(warn, {"HOLMES_CONFIG", config.config_file, "cannot be read: Cannot allocate memory",
              "the environment alone"});
}

Config load_config(const char* const* environment, const WarningSink& warn) {
  Config config = default_config();
  apply_environment(config, environment, warn);
  apply_config_file(config, warn);
  return config;
}

}  // namespace holmes
