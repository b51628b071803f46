#include "config/variables.h"

#include <array>

#include "config/fields.h"
#include "config/special_fields.h"

namespace holmes {
namespace {

using namespace field;  // NOLINT: the table below is to be read, not qualified

constexpr std::array<std::string_view, 2> kFormats = {"binary", "text"};
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kEngines = {"auto", "timers", "gperftools"};

template <typename Field>
constexpr Variable row(std::string_view name, std::string_view fallback, std::string_view meaning,
                       std::string_view empty_default = {}) {
  return {{name, fallback, meaning}, empty_default, &Field::set, &Field::print};
}

template <Kind K>
using Enabled = Switch<InKind<K, &KindConfig::enabled>>;
template <Kind K, auto Member>
using Percent = Decimal<InRule<K, Member>>;
template <auto Member>
using Threads = Count<InRule<Kind::thread, Member>>;

constexpr std::array kVariables = {
    row<Switch<At<&Config::enable>>>("HOLMES_ENABLE", "1", "0: load and stay inert"),
    row<DumpPath>("HOLMES_DUMP_PATH", "/tmp",
                  "folder of the dumps; made (0700) if missing, the files are 0600"),
    row<CollectInterval>("HOLMES_COLLECT_INTERVAL", "5s",
                         "time between two readings; 10ms is the floor"),
    row<Count<At<&Config::warmup>, 0, 1'000'000>>("HOLMES_WARMUP", "10",
                                                  "readings before the rules are judged"),
    row<Cooldown>("HOLMES_COOLDOWN", "1m",
                  "after a dump of one kind, the next of that kind waits this long"),
    row<OwnCooldown<Kind::cpu>>("HOLMES_CPU_COOLDOWN", "",
                                "cooldown of the CPU rule; empty: HOLMES_COOLDOWN",
                                "HOLMES_COOLDOWN"),
    row<OwnCooldown<Kind::mem>>("HOLMES_MEM_COOLDOWN", "",
                                "cooldown of the memory rule; empty: HOLMES_COOLDOWN",
                                "HOLMES_COOLDOWN"),
    row<OwnCooldown<Kind::heap>>("HOLMES_HEAP_COOLDOWN", "",
                                 "cooldown of the heap rule; empty: HOLMES_COOLDOWN",
                                 "HOLMES_COOLDOWN"),
    row<OwnCooldown<Kind::thread>>("HOLMES_THREAD_COOLDOWN", "",
                                   "cooldown of the thread rule; empty: HOLMES_COOLDOWN",
                                   "HOLMES_COOLDOWN"),
    row<Enabled<Kind::cpu>>("HOLMES_CPU", "1", "the CPU rule: 1 on, 0 off"),
    row<Percent<Kind::cpu, &Rule::min>>(
        "HOLMES_CPU_MIN", "10",
        "CPU in percent of the usable cores; no dump by diff at or below it"),
    row<Percent<Kind::cpu, &Rule::diff>>(
        "HOLMES_CPU_DIFF", "25",
        "percent above the average of the readings before; 0: never by diff"),
    row<Percent<Kind::cpu, &Rule::abs>>(
        "HOLMES_CPU_ABS", "70",
        "a dump above this percentage, whatever the average; 0: never by abs"),
    row<CpuMax>("HOLMES_CPU_MAX", "0",
                "at or above this CPU percentage no dump of any kind is taken; 0: no limit"),
    row<Enabled<Kind::mem>>("HOLMES_MEM", "1", "the memory rule: 1 on, 0 off"),
    row<Percent<Kind::mem, &Rule::min>>(
        "HOLMES_MEM_MIN", "10",
        "RSS in percent of the memory limit; no dump by diff at or below it"),
    row<Percent<Kind::mem, &Rule::diff>>(
        "HOLMES_MEM_DIFF", "25",
        "percent above the average of the readings before; 0: never by diff"),
    row<Percent<Kind::mem, &Rule::abs>>(
        "HOLMES_MEM_ABS", "80",
        "a dump above this percentage, whatever the average; 0: never by abs"),
    row<Enabled<Kind::heap>>("HOLMES_HEAP", "0", "the heap rule: 1 on, 0 off"),
    row<Percent<Kind::heap, &Rule::min>>(
        "HOLMES_HEAP_MIN", "10",
        "estimated live heap in percent of the memory limit; no dump by diff at or below it"),
    row<Percent<Kind::heap, &Rule::diff>>(
        "HOLMES_HEAP_DIFF", "20",
        "percent above the average of the readings before; 0: never by diff"),
    row<Percent<Kind::heap, &Rule::abs>>(
        "HOLMES_HEAP_ABS", "40",
        "a dump above this percentage, whatever the average; 0: never by abs"),
    row<Enabled<Kind::thread>>("HOLMES_THREAD", "1", "the thread rule: 1 on, 0 off"),
    row<Threads<&Rule::min>>("HOLMES_THREAD_MIN", "10",
                             "number of threads; no dump by diff at or below it"),
    row<Percent<Kind::thread, &Rule::diff>>(
        "HOLMES_THREAD_DIFF", "25",
        "percent above the average of the readings before; 0: never by diff"),
    row<Threads<&Rule::abs>>(
        "HOLMES_THREAD_ABS", "2000",
        "a dump above this number of threads, whatever the average; 0: never by abs"),
    row<Threads<&Rule::max>>(
        "HOLMES_THREAD_MAX", "0",
        "at or above this number of threads no thread dump is taken; 0: no limit"),
    row<AutoOrZero<At<&Config::use_cgroup>>>(
        "HOLMES_CGROUP", "auto",
        "auto: the smallest limit of the control groups and the machine; 0: the machine alone"),
    row<Decimal<At<&Config::cpu_cores>>>(
        "HOLMES_CPU_CORES", "0", "the cores that are 100%; may have decimals; 0: found out"),
    row<Size<At<&Config::memory_limit>>>("HOLMES_MEMORY_LIMIT", "0",
                                         "the memory that is 100%; 0: found out"),
    row<Choice<At<&Config::format>, kFormats>>("HOLMES_DUMP_FORMAT", "binary",
                                               "binary: gzipped profile.proto; text: for reading"),
    row<Switch<At<&Config::full_stack>>>("HOLMES_DUMP_FULL_STACK", "1",
                                         "0: text dumps keep the ten largest groups only"),
    row<Switch<At<&Config::dump_to_logger>>>("HOLMES_DUMP_TO_LOGGER", "0",
                                             "1: text dumps are also written into the log"),
    row<Log>("HOLMES_LOG", "", "a file, stderr or none; empty: holmes.log in the dump path",
             "holmes.log in the dump path"),
    row<Choice<At<&Config::log_level>, kLevels>>(
        "HOLMES_LOG_LEVEL", "info",
        "debug, info, warn or error; debug also logs why a reading did not dump"),
    row<Duration<At<&Config::cpu_duration_ns>, 10 * kMillisecond, kHour>>(
        "HOLMES_CPU_DURATION", "5s", "length of a CPU profile, 10ms to 1h"),
    row<Count<At<&Config::cpu_hz>, 1, 1000>>(
        "HOLMES_CPU_HZ", "100", "CPU samples in each second that a thread runs, 1 to 1000"),
    row<Choice<At<&Config::cpu_engine>, kEngines>>(
        "HOLMES_CPU_ENGINE", "auto", "how the CPU is sampled: auto, timers or gperftools"),
    row<Size<At<&Config::heap_sample_bytes>, uint64_t{1} << 40>>(
        "HOLMES_HEAP_SAMPLE", "512K", "mean bytes between two heap samples; 0: heap sampling off"),
    row<Count<At<&Config::max_dumps>>>(
        "HOLMES_MAX_DUMPS", "100",
        "events kept: the oldest own ones beyond it are removed; 0: no limit"),
    row<Size<At<&Config::max_bytes>>>(
        "HOLMES_MAX_BYTES", "1G",
        "bytes kept: the oldest own events beyond it are removed; 0: no limit"),
    row<String<At<&Config::include>, 255>>(
        "HOLMES_INCLUDE", "*",
        "names of the executables to watch: patterns with * and ?, comma separated"),
    row<String<At<&Config::exclude>, 255>>(
        "HOLMES_EXCLUDE", "", "names of the executables to leave alone; wins over HOLMES_INCLUDE",
        "none"),
    row<ConfigFile>("HOLMES_CONFIG", "",
                    "a file of these variables that wins over the environment; empty: none",
                    "no file"),
    row<String<At<&Config::on_dump>, 1023>>(
        "HOLMES_ON_DUMP", "", "a shell command run after each event; empty: none", "no command"),
    row<AutoOrOff<At<&Config::symbolize>>>("HOLMES_SYMBOLIZE", "auto",
                                           "off: dumps hold addresses and build ids only"),
    row<Blackbox>("HOLMES_BLACKBOX", "auto", "reserved, and not used yet: auto, off or a folder"),
};

constexpr auto kInfos = [] {
  std::array<VariableInfo, kVariables.size()> infos{};
  for (size_t i = 0; i < infos.size(); ++i) infos[i] = kVariables[i].info;
  return infos;
}();

}  // namespace

std::span<const Variable> variables() { return kVariables; }
std::span<const VariableInfo> known_variables() { return kInfos; }

const Variable* find_variable(std::string_view name) {
  for (const Variable& variable : kVariables) {
    if (variable.info.name == name) return &variable;
  }
  return nullptr;
}

}  // namespace holmes
