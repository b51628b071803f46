// The HOLMES_* variables: text in, Config out.
//
// A bad value costs one warning (variable, value, the default used instead) and nothing else.
// Every default, unit and spelling is listed in holmes.env.example at the top of the project.
//
// Context: constructor, monitor thread, the command. No heap: what does not fit on a small stack
// is read into pages of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/fixed_string.h"
#include "rule/kind.h"
#include "rule/rule.h"

namespace holmes {

enum class DumpFormat : uint8_t { binary, text };
enum class LogTarget : uint8_t { file, standard_error, none };
enum class LogLevel : uint8_t { debug, info, warn, error };
enum class CpuEngineChoice : uint8_t { automatic, timers, gperftools };

struct KindConfig {
  bool enabled = true;
  Rule rule;
  int64_t cooldown_ns = 0;    // the one in force
  bool own_cooldown = false;  // false: it follows Config::cooldown_ns
};

struct Config {
  bool enable = true;
  Path dump_path;
  int64_t collect_interval_ns = 0;
  uint32_t warmup = 10;
  int64_t cooldown_ns = 0;  // of every kind without its own
  KindConfig kinds[kKinds];
  double cpu_max = 0;  // percent; at or above it no dump of any kind; 0: no limit. Also cpu's max
  bool use_cgroup = true;
  double cpu_cores = 0;       // what 100 % means; 0: find out
  uint64_t memory_limit = 0;  // bytes; 0: find out
  DumpFormat format = DumpFormat::binary;
  bool full_stack = true;
  bool dump_to_logger = false;
  LogTarget log_target = LogTarget::file;
  Path log_file;                 // where log_target is file
  bool log_in_dump_path = true;  // false: HOLMES_LOG names the file itself
  LogLevel log_level = LogLevel::info;
  int64_t cpu_duration_ns = 0;
  uint32_t cpu_hz = 100;
  CpuEngineChoice cpu_engine = CpuEngineChoice::automatic;
  uint64_t heap_sample_bytes = 0;  // 0: heap sampling is off
  uint64_t max_dumps = 100;        // 0: no limit
  uint64_t max_bytes = 0;          // 0: no limit
  FixedString<255> include;
  FixedString<255> exclude;
  Path config_file;
  Path on_dump;
  bool symbolize = true;
  FixedString<255> blackbox;  // reserved: parsed, not used yet
  // What relative paths are below: the current directory as it was at the start, because a daemon
  // changes to / later. Empty where the kernel does not tell.
  Path base_directory;

  KindConfig& of(Kind kind) { return kinds[static_cast<size_t>(kind)]; }
  const KindConfig& of(Kind kind) const { return kinds[static_cast<size_t>(kind)]; }
};

// One complaint. Views into the input and into literals; valid during the call.
struct ConfigWarning {
  std::string_view variable;
  std::string_view value;
  std::string_view problem;   // "not a duration", "unknown variable", …
  std::string_view fallback;  // what is used instead, as a user would write it; "": nothing is
};

// `HOLMES_CPU_HZ: bad value "0": not between 1 and 1000, using 100`: one line without its end, the
// same in the log and in the command. What a terminal or a log reader could trip over is masked.
void print_warning(const ConfigWarning& warning, class Text& out);

// Called once per complaint.
struct WarningSink {
  void (*call)(void* context, const ConfigWarning& warning) = nullptr;
  void* context = nullptr;
};

// All defaults.
Config default_config();

// Sets one variable (`name` with its HOLMES_ prefix); an empty value means its default. `config` is
// whole after every call, whatever the order. Returns false when the name is none of ours.
bool set_variable(Config& config, std::string_view name, std::string_view value,
                  const WarningSink& warn);

// Defaults, then HOLMES_* from `environment` (as envp: nullptr-terminated NAME=VALUE), then what
// the file named by HOLMES_CONFIG says. Unknown HOLMES_* names are warned of, with the nearest
// known name.
Config load_config(const char* const* environment, const WarningSink& warn);

// The lines NAME=VALUE of a config file: blank lines and # comments skipped, `export ` and quotes
// around the value allowed.
void apply_config_text(Config& config, std::string_view text, const WarningSink& warn);

// Reads config.config_file, where there is one, and applies it.
void apply_config_file(Config& config, const WarningSink& warn);

// Every known variable with its default and one line of meaning. The default is the very text that
// default_config() parses; an empty one is explained by the meaning.
struct VariableInfo {
  std::string_view name;
  std::string_view fallback;
  std::string_view meaning;
};
std::span<const VariableInfo> known_variables();

// The value in force, spelled as a user would write it.
void print_value(const Config& config, std::string_view name, class Text& out);

// HOLMES_INCLUDE / HOLMES_EXCLUDE: may this program be watched? Patterns with *, ? and [a-z], comma
// separated. It goes by two names, which differ where a link or a script was started: a pattern
// that fits one of them fits.
bool selects(const Config& config, std::string_view executable, std::string_view started_as);

}  // namespace holmes
