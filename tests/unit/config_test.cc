#include "config/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"

namespace holmes {
namespace {

struct Warning {
  std::string variable, value, problem, fallback, line;
};

// Keeps copies: the views of a warning live during the call alone.
class Warnings {
 public:
  WarningSink sink() { return {&Warnings::keep, this}; }
  size_t size() const { return all.size(); }
  std::vector<Warning> all;

 private:
  static void keep(void* context, const ConfigWarning& warning) {
    TextBuffer<512> line;
    print_warning(warning, line);
    static_cast<Warnings*>(context)->all.push_back(
        {std::string(warning.variable), std::string(warning.value), std::string(warning.problem),
         std::string(warning.fallback), std::string(line.view())});
  }
};

std::string value_of(const Config& config, std::string_view name) {
  TextBuffer<2048> out;
  print_value(config, name, out);
  return std::string(out.view());
}

std::map<std::string, std::string> all_values(const Config& config) {
  std::map<std::string, std::string> values;
  for (const VariableInfo& info : known_variables()) {
    values[std::string(info.name)] = value_of(config, info.name);
  }
  return values;
}

Config from_environment(std::initializer_list<const char*> entries, Warnings& warnings) {
  std::vector<const char*> environment(entries);
  environment.push_back(nullptr);
  return load_config(environment.data(), warnings.sink());
}

// No warning expected.
Config from_environment(std::initializer_list<const char*> entries) {
  Warnings warnings;
  const Config config = from_environment(entries, warnings);
  for (const Warning& warning : warnings.all) ADD_FAILURE() << warning.line;
  return config;
}

std::string here() { return std::filesystem::current_path().string(); }

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    char name[] = "/tmp/holmes-config-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ConfigFile() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& text) {
    const std::string path = folder_ + "/holmes.env";
    std::ofstream(path) << text;
    return path;
  }
  Config load(const std::string& path, std::vector<std::string> entries = {}) {
    entries.push_back("HOLMES_CONFIG=" + path);
    std::vector<const char*> environment;
    for (const std::string& entry : entries) environment.push_back(entry.c_str());
    environment.push_back(nullptr);
    return load_config(environment.data(), warnings_.sink());
  }

  std::string folder_;
  Warnings warnings_;
};

TEST(Config, HasTheDocumentedDefaults) {
  const Config config = from_environment({});
  EXPECT_TRUE(config.enable);
  EXPECT_EQ(config.dump_path.view(), "/tmp");
  EXPECT_EQ(config.collect_interval_ns, 5'000'000'000);
  EXPECT_EQ(config.warmup, 10u);
  EXPECT_EQ(config.cooldown_ns, 60'000'000'000);
  for (const KindConfig& kind : config.kinds) EXPECT_EQ(kind.cooldown_ns, 60'000'000'000);
  EXPECT_TRUE(config.of(Kind::cpu).enabled);
  EXPECT_TRUE(config.of(Kind::mem).enabled);
  EXPECT_FALSE(config.of(Kind::heap).enabled);
  EXPECT_TRUE(config.of(Kind::thread).enabled);
  const auto rule = [&](Kind kind) {
    const Rule& r = config.of(kind).rule;
    return std::vector<double>{r.min, r.diff, r.abs, r.max};
  };
  EXPECT_EQ(rule(Kind::cpu), (std::vector<double>{10, 25, 70, 0}));
  EXPECT_EQ(rule(Kind::mem), (std::vector<double>{10, 25, 80, 0}));
  EXPECT_EQ(rule(Kind::heap), (std::vector<double>{10, 20, 40, 0}));
  EXPECT_EQ(rule(Kind::thread), (std::vector<double>{10, 25, 2000, 0}));
  EXPECT_EQ(config.cpu_max, 0);
  EXPECT_TRUE(config.use_cgroup);
  EXPECT_EQ(config.cpu_cores, 0);
  EXPECT_EQ(config.memory_limit, 0u);
  EXPECT_EQ(config.format, DumpFormat::binary);
  EXPECT_TRUE(config.full_stack);
  EXPECT_FALSE(config.dump_to_logger);
  EXPECT_EQ(config.log_target, LogTarget::file);
  EXPECT_EQ(config.log_file.view(), "/tmp/holmes.log");
  EXPECT_EQ(config.log_level, LogLevel::info);
  EXPECT_EQ(config.cpu_duration_ns, 5'000'000'000);
  EXPECT_EQ(config.cpu_hz, 100u);
  EXPECT_EQ(config.cpu_engine, CpuEngineChoice::automatic);
  EXPECT_EQ(config.heap_sample_bytes, 512u << 10);
  EXPECT_EQ(config.max_dumps, 100u);
  EXPECT_EQ(config.max_bytes, 1u << 30);
  EXPECT_EQ(config.include.view(), "*");
  EXPECT_EQ(config.exclude.view(), "");
  EXPECT_EQ(config.config_file.view(), "");
  EXPECT_EQ(config.on_dump.view(), "");
  EXPECT_TRUE(config.symbolize);
  EXPECT_EQ(config.blackbox.view(), "auto");
}

// One row a variable: a value that is not the default, and what it prints as.
struct Good {
  const char* name;
  const char* value;
  const char* printed;
};
constexpr Good kGood[] = {
    {"HOLMES_ENABLE", "off", "0"},
    {"HOLMES_DUMP_PATH", "/var/dumps/", "/var/dumps"},
    {"HOLMES_COLLECT_INTERVAL", "10ms", "10ms"},
    {"HOLMES_WARMUP", "0", "0"},
    {"HOLMES_COOLDOWN", "90s", "90s"},
    {"HOLMES_CPU_COOLDOWN", "2m", "2m"},
    {"HOLMES_MEM_COOLDOWN", "0", "0s"},
    {"HOLMES_HEAP_COOLDOWN", "1h", "1h"},
    {"HOLMES_THREAD_COOLDOWN", "250ms", "250ms"},
    {"HOLMES_CPU", "no", "0"},
    {"HOLMES_CPU_MIN", "12.5", "12.5"},
    {"HOLMES_CPU_DIFF", "0", "0"},
    {"HOLMES_CPU_ABS", "99.99", "99.99"},
    {"HOLMES_CPU_MAX", "95", "95"},
    {"HOLMES_MEM", "false", "0"},
    {"HOLMES_MEM_MIN", "0.1", "0.1"},
    {"HOLMES_MEM_DIFF", "300", "300"},
    {"HOLMES_MEM_ABS", "0", "0"},
    {"HOLMES_HEAP", "yes", "1"},
    {"HOLMES_HEAP_MIN", "1", "1"},
    {"HOLMES_HEAP_DIFF", "2", "2"},
    {"HOLMES_HEAP_ABS", "3", "3"},
    {"HOLMES_THREAD", "0", "0"},
    {"HOLMES_THREAD_MIN", "100", "100"},
    {"HOLMES_THREAD_DIFF", "7.5", "7.5"},
    {"HOLMES_THREAD_ABS", "5000", "5000"},
    {"HOLMES_THREAD_MAX", "20000", "20000"},
    {"HOLMES_CGROUP", "0", "0"},
    {"HOLMES_CPU_CORES", "0.5", "0.5"},
    {"HOLMES_MEMORY_LIMIT", "256M", "256M"},
    {"HOLMES_DUMP_FORMAT", "TEXT", "text"},
    {"HOLMES_DUMP_FULL_STACK", "off", "0"},
    {"HOLMES_DUMP_TO_LOGGER", "on", "1"},
    {"HOLMES_LOG", "stderr", "stderr"},
    {"HOLMES_LOG_LEVEL", "debug", "debug"},
    {"HOLMES_CPU_DURATION", "1h", "1h"},
    {"HOLMES_CPU_HZ", "1000", "1000"},
    {"HOLMES_CPU_ENGINE", "gperftools", "gperftools"},
    {"HOLMES_HEAP_SAMPLE", "0", "0"},
    {"HOLMES_MAX_DUMPS", "7", "7"},
    {"HOLMES_MAX_BYTES", "64M", "64M"},
    {"HOLMES_INCLUDE", "nginx,redis-*", "nginx,redis-*"},
    {"HOLMES_EXCLUDE", "sh,bash", "sh,bash"},
    {"HOLMES_CONFIG", "/etc/holmes.env", "/etc/holmes.env"},
    {"HOLMES_ON_DUMP", "logger \"$HOLMES_EVENT\" # now", "logger \"$HOLMES_EVENT\" # now"},
    {"HOLMES_SYMBOLIZE", "off", "off"},
    {"HOLMES_BLACKBOX", "/dev/shm", "/dev/shm"},
};

TEST(Config, SetsEachVariableAndNoOther) {
  const auto defaults = all_values(default_config());
  std::set<std::string> covered;
  for (const Good& row : kGood) {
    covered.insert(row.name);
    Warnings warnings;
    Config config = default_config();
    EXPECT_TRUE(set_variable(config, row.name, row.value, warnings.sink())) << row.name;
    EXPECT_EQ(warnings.size(), 0u) << row.name;
    EXPECT_NE(defaults.at(row.name), row.printed) << row.name << ": the row would prove nothing";
    auto expected = defaults;
    expected[row.name] = row.printed;
    if (std::string(row.name) == "HOLMES_DUMP_PATH")
      expected["HOLMES_LOG"] = "/var/dumps/holmes.log";
    if (std::string(row.name) == "HOLMES_COOLDOWN") {
      for (const char* kind : {"CPU", "MEM", "HEAP", "THREAD"}) {
        expected["HOLMES_" + std::string(kind) + "_COOLDOWN"] = row.printed;
      }
    }
    EXPECT_EQ(all_values(config), expected) << row.name;
  }
  EXPECT_EQ(covered.size(), known_variables().size());
}

TEST(Config, ReadsBackWhatItPrints) {
  Config config = default_config();
  for (const Good& row : kGood) set_variable(config, row.name, row.value, {});
  Config again = default_config();
  Warnings warnings;
  for (const auto& [name, value] : all_values(config)) {
    EXPECT_TRUE(set_variable(again, name, value, warnings.sink()));
  }
  EXPECT_EQ(warnings.size(), 0u);
  EXPECT_EQ(all_values(again), all_values(config));
}

const std::string kLong(1100, 'x');
const std::string kLongPath = "/" + kLong;

// A bad value, and a word of the complaint.
struct Bad {
  const char* name;
  const char* value;
  const char* complaint;
};
const Bad kBad[] = {
    {"HOLMES_ENABLE", "2", "not one of 1/0"},
    {"HOLMES_ENABLE", "enabled", "not one of 1/0"},
    {"HOLMES_DUMP_PATH", kLongPath.c_str(), "longer than 800"},
    {"HOLMES_DUMP_PATH", kLong.c_str(), "longer than 800"},
    {"HOLMES_COLLECT_INTERVAL", "5", "not a duration"},
    {"HOLMES_COLLECT_INTERVAL", "-5s", "not a duration"},
    {"HOLMES_COLLECT_INTERVAL", "soon", "not a duration"},
    {"HOLMES_COLLECT_INTERVAL", "9000h", "not between"},
    {"HOLMES_WARMUP", "-1", "whole number"},
    {"HOLMES_WARMUP", "1.5", "whole number"},
    {"HOLMES_WARMUP", "1000001", "not between 0 and 1000000"},
    {"HOLMES_COOLDOWN", "1 m", "not a duration"},
    {"HOLMES_COOLDOWN", "1M", "not a duration"},
    {"HOLMES_CPU_COOLDOWN", "60", "not a duration"},
    {"HOLMES_MEM_COOLDOWN", "never", "not a duration"},
    {"HOLMES_HEAP_COOLDOWN", "9999h", "not between"},
    {"HOLMES_THREAD_COOLDOWN", "-1s", "not a duration"},
    {"HOLMES_CPU", "maybe", "not one of 1/0"},
    {"HOLMES_CPU_MIN", "10%", "not a decimal number"},
    {"HOLMES_CPU_DIFF", "-25", "not a decimal number"},
    {"HOLMES_CPU_ABS", "abc", "not a decimal number"},
    {"HOLMES_CPU_ABS", "70,5", "not a decimal number"},
    {"HOLMES_CPU_ABS", "2000000000", "more than 1000000000"},
    {"HOLMES_CPU_MAX", "+90", "not a decimal number"},
    {"HOLMES_MEM", "-", "not one of 1/0"},
    {"HOLMES_MEM_MIN", "1e1", "not a decimal number"},
    {"HOLMES_MEM_DIFF", "nan", "not a decimal number"},
    {"HOLMES_MEM_ABS", "inf", "not a decimal number"},
    {"HOLMES_HEAP", "10", "not one of 1/0"},
    {"HOLMES_HEAP_MIN", "0x10", "not a decimal number"},
    {"HOLMES_HEAP_DIFF", "twenty", "not a decimal number"},
    {"HOLMES_HEAP_ABS", "4 0", "not a decimal number"},
    {"HOLMES_THREAD", "t", "not one of 1/0"},
    {"HOLMES_THREAD_MIN", "10.5", "whole number"},
    {"HOLMES_THREAD_DIFF", "25%", "not a decimal number"},
    {"HOLMES_THREAD_ABS", "2k", "whole number"},
    {"HOLMES_THREAD_MAX", "99999999999999999999", "whole number"},
    {"HOLMES_CGROUP", "v2", "neither auto nor off"},
    {"HOLMES_CPU_CORES", "all", "not a decimal number"},
    {"HOLMES_MEMORY_LIMIT", "1 GB", "not a size"},
    {"HOLMES_MEMORY_LIMIT", "-1", "not a size"},
    {"HOLMES_MEMORY_LIMIT", "99999999T", "not a size"},
    {"HOLMES_DUMP_FORMAT", "json", "not one of binary, text"},
    {"HOLMES_DUMP_FULL_STACK", "ten", "not one of 1/0"},
    {"HOLMES_DUMP_TO_LOGGER", "both", "not one of 1/0"},
    {"HOLMES_LOG", kLongPath.c_str(), "longer than"},
    {"HOLMES_LOG_LEVEL", "verbose", "not one of debug, info, warn, error"},
    {"HOLMES_CPU_DURATION", "0", "not between 10ms and 1h"},
    {"HOLMES_CPU_DURATION", "2h", "not between 10ms and 1h"},
    {"HOLMES_CPU_HZ", "0", "not between 1 and 1000"},
    {"HOLMES_CPU_HZ", "1001", "not between 1 and 1000"},
    {"HOLMES_CPU_HZ", "100Hz", "whole number"},
    {"HOLMES_CPU_ENGINE", "perf", "not one of auto, timers, gperftools"},
    {"HOLMES_HEAP_SAMPLE", "half a meg", "not a size"},
    {"HOLMES_HEAP_SAMPLE", "2T", "more than 1T"},
    {"HOLMES_MAX_DUMPS", "-5", "whole number"},
    {"HOLMES_MAX_BYTES", "1Q", "not a size"},
    {"HOLMES_INCLUDE", kLong.c_str(), "longer than 255"},
    {"HOLMES_EXCLUDE", kLong.c_str(), "longer than 255"},
    {"HOLMES_CONFIG", kLongPath.c_str(), "longer than 1023"},
    {"HOLMES_ON_DUMP", kLong.c_str(), "longer than 1023"},
    {"HOLMES_SYMBOLIZE", "maybe", "neither auto nor off"},
    {"HOLMES_BLACKBOX", kLongPath.c_str(), "longer than 255"},
};

// What a warning must name as the value used instead.
std::string documented_default(std::string_view name) {
  for (const VariableInfo& info : known_variables()) {
    if (info.name == name) return std::string(info.fallback);
  }
  return {};
}

TEST(Config, ABadValueCostsOneWarningAndTheDefaultIsUsed) {
  const auto defaults = all_values(default_config());
  std::set<std::string> covered;
  for (const Bad& row : kBad) {
    covered.insert(row.name);
    Warnings warnings;
    const Config config =
        from_environment({(std::string(row.name) + "=" + row.value).c_str()}, warnings);
    ASSERT_EQ(warnings.size(), 1u) << row.name << "=" << row.value;
    const Warning& warning = warnings.all[0];
    EXPECT_EQ(warning.variable, row.name);
    EXPECT_EQ(warning.value, row.value);
    EXPECT_NE(warning.problem.find(row.complaint), std::string::npos) << warning.line;
    EXPECT_FALSE(warning.fallback.empty()) << warning.line;
    const std::string fallback = documented_default(row.name);
    if (!fallback.empty()) {
      EXPECT_EQ(warning.fallback, fallback) << warning.line;
    }
    EXPECT_EQ(all_values(config), defaults) << row.name << "=" << row.value;
  }
  EXPECT_EQ(covered.size(), known_variables().size()) << "a row for each variable";
}

TEST(Config, ABadValueUndoesAnEarlierGoodOne) {
  Config config = default_config();
  set_variable(config, "HOLMES_CPU_ABS", "33", {});
  set_variable(config, "HOLMES_CPU_ABS", "bad", {});
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 70);
}

TEST(Config, AWarningIsOneReadableLine) {
  Warnings warnings;
  from_environment({"HOLMES_CPU_HZ=0", "HOLMES_CPU_COOLDOWN=x", "HOLMES_CPU_ABSS=1"}, warnings);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings.all[0].line,
            "HOLMES_CPU_HZ: bad value \"0\": not between 1 and 1000, using 100");
  EXPECT_EQ(
      warnings.all[1].line,
      "HOLMES_CPU_COOLDOWN: bad value \"x\": not a duration such as 250ms, 5s, 1m or 1h, using "
      "HOLMES_COOLDOWN");
  EXPECT_EQ(warnings.all[2].line,
            "HOLMES_CPU_ABSS: unknown variable (did you mean HOLMES_CPU_ABS?), ignored");
}

TEST(Config, AWarningMasksWhatCouldForgeALogLine) {
  Warnings warnings;
  from_environment({"HOLMES_CPU=a\n2026-11-21 [holmes]\x1b[2J"}, warnings);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings.all[0].line.find('\n'), std::string::npos);
  EXPECT_EQ(warnings.all[0].line.find('\x1b'), std::string::npos);
  EXPECT_NE(warnings.all[0].line.find("a?2026-11-21"), std::string::npos);
}

TEST(Config, AWarningOfALongValueStaysShort) {
  Warnings warnings;
  from_environment({("HOLMES_CPU=" + kLong).c_str()}, warnings);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_LT(warnings.all[0].line.size(), 300u);
  EXPECT_NE(warnings.all[0].line.find("...\""), std::string::npos);
}

TEST(Config, TheFloorOfTheIntervalIsUsedBelowIt) {
  for (const char* value : {"9ms", "9999us", "0", "1ns"}) {
    Warnings warnings;
    const std::string entry = std::string("HOLMES_COLLECT_INTERVAL=") + value;
    const Config config = from_environment({entry.c_str()}, warnings);
    EXPECT_EQ(config.collect_interval_ns, 10'000'000) << value;
    ASSERT_EQ(warnings.size(), 1u) << value;
    EXPECT_EQ(warnings.all[0].fallback, "10ms");
  }
  EXPECT_EQ(from_environment({"HOLMES_COLLECT_INTERVAL=10ms"}).collect_interval_ns, 10'000'000);
}

TEST(Config, AnEmptyValueIsTheDefaultWithoutAWarning) {
  for (const VariableInfo& info : known_variables()) {
    for (const char* empty : {"=", "=  "}) {
      const Config config = from_environment({(std::string(info.name) + empty).c_str()});
      EXPECT_EQ(all_values(config), all_values(default_config())) << info.name;
    }
  }
}

TEST(Config, BlanksAroundAValueDoNotCount) {
  EXPECT_EQ(from_environment({"HOLMES_CPU_ABS= 33 "}).of(Kind::cpu).rule.abs, 33);
}

TEST(Config, AKindWithoutItsOwnCooldownFollowsTheCommonOne) {
  for (const auto& order : {std::pair("HOLMES_COOLDOWN=3s", "HOLMES_MEM_COOLDOWN=7s"),
                            std::pair("HOLMES_MEM_COOLDOWN=7s", "HOLMES_COOLDOWN=3s")}) {
    const Config config = from_environment({order.first, order.second});
    EXPECT_EQ(config.of(Kind::cpu).cooldown_ns, 3'000'000'000);
    EXPECT_EQ(config.of(Kind::mem).cooldown_ns, 7'000'000'000);
    EXPECT_EQ(config.of(Kind::heap).cooldown_ns, 3'000'000'000);
    EXPECT_EQ(config.of(Kind::thread).cooldown_ns, 3'000'000'000);
  }
}

TEST(Config, AnOwnCooldownOfZeroIsStillItsOwn) {
  const Config config = from_environment({"HOLMES_CPU_COOLDOWN=0", "HOLMES_COOLDOWN=3s"});
  EXPECT_EQ(config.of(Kind::cpu).cooldown_ns, 0);
}

TEST(Config, AnEmptiedOrBadOwnCooldownFollowsAgain) {
  for (const char* value : {"", "bad"}) {
    Config config = from_environment({"HOLMES_CPU_COOLDOWN=9s"});
    set_variable(config, "HOLMES_CPU_COOLDOWN", value, {});
    set_variable(config, "HOLMES_COOLDOWN", "3s", {});
    EXPECT_EQ(config.of(Kind::cpu).cooldown_ns, 3'000'000'000) << value;
  }
}

TEST(Config, CpuMaxIsTheMaxOfTheCpuRuleToo) {
  const Config config = from_environment({"HOLMES_CPU_MAX=95.5"});
  EXPECT_EQ(config.cpu_max, 95.5);
  EXPECT_EQ(config.of(Kind::cpu).rule.max, 95.5);
  EXPECT_EQ(config.of(Kind::mem).rule.max, 0);
}

TEST(Config, TheLogFollowsTheDumpPathInAnyOrder) {
  EXPECT_EQ(from_environment({"HOLMES_DUMP_PATH=/d"}).log_file.view(), "/d/holmes.log");
  EXPECT_EQ(from_environment({"HOLMES_LOG=", "HOLMES_DUMP_PATH=/d"}).log_file.view(),
            "/d/holmes.log");
  EXPECT_EQ(from_environment({"HOLMES_LOG=/x/l", "HOLMES_DUMP_PATH=/d"}).log_file.view(), "/x/l");
  EXPECT_EQ(from_environment({"HOLMES_DUMP_PATH=/"}).log_file.view(), "/holmes.log");
}

TEST(Config, TheLogMayBeStandardErrorOrNone) {
  const Config errors = from_environment({"HOLMES_LOG=stderr", "HOLMES_DUMP_PATH=/d"});
  EXPECT_EQ(errors.log_target, LogTarget::standard_error);
  const Config none = from_environment({"HOLMES_LOG=none"});
  EXPECT_EQ(none.log_target, LogTarget::none);
  EXPECT_TRUE(none.log_file.empty());
}

TEST(Config, RelativePathsAreBelowTheCurrentDirectory) {
  const Config config =
      from_environment({"HOLMES_DUMP_PATH=dumps/today//", "HOLMES_LOG=./log/h.log"});
  EXPECT_EQ(config.dump_path.view(), here() + "/dumps/today");
  EXPECT_EQ(config.log_file.view(), here() + "/log/h.log");
  EXPECT_EQ(from_environment({"HOLMES_DUMP_PATH=."}).dump_path.view(), here());
  EXPECT_EQ(from_environment({"HOLMES_DUMP_PATH=../x"}).dump_path.view(), here() + "/../x");
}

TEST(Config, RelativePathsStayBelowTheFirstDirectory) {
  const std::string before = here();
  Config config = default_config();
  ASSERT_EQ(chdir("/"), 0);
  set_variable(config, "HOLMES_DUMP_PATH", "dumps", {});
  ASSERT_EQ(chdir(before.c_str()), 0);
  EXPECT_EQ(config.dump_path.view(), before + "/dumps");
}

TEST(Config, ARelativePathWithoutACurrentDirectoryIsABadValue) {
  const std::string before = here();
  char name[] = "/tmp/holmes-gone-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  ASSERT_EQ(chdir(name), 0);
  ASSERT_EQ(rmdir(name), 0);
  Warnings warnings;
  const Config config = from_environment({"HOLMES_DUMP_PATH=dumps"}, warnings);
  ASSERT_EQ(chdir(before.c_str()), 0);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings.all[0].problem, "relative, and the current directory is not known");
  EXPECT_EQ(config.dump_path.view(), "/tmp");
}

TEST(Config, ADumpPathOf800BytesIsTheLongest) {
  const std::string longest = "/" + std::string(799, 'd');
  EXPECT_EQ(from_environment({("HOLMES_DUMP_PATH=" + longest).c_str()}).dump_path.view(), longest);
  Warnings warnings;
  from_environment({("HOLMES_DUMP_PATH=" + longest + "d").c_str()}, warnings);
  EXPECT_EQ(warnings.size(), 1u);
}

TEST(Config, UnknownNamesAreWarnedOfWithTheNearestKnownOne) {
  const std::map<std::string, std::string> expected = {
      {"HOLMES_CPU_ABSS", "HOLMES_CPU_ABS"},
      {"HOLMES_COLLECT_INTERVALL", "HOLMES_COLLECT_INTERVAL"},
      {"HOLMES_TREAD_MIN", "HOLMES_THREAD_MIN"},
      {"HOLMES_DUMPPATH", "HOLMES_DUMP_PATH"},
      {"HOLMES_LOGLEVEL", "HOLMES_LOG_LEVEL"},
  };
  for (const auto& [wrong, right] : expected) {
    Warnings warnings;
    from_environment({(wrong + "=1").c_str()}, warnings);
    ASSERT_EQ(warnings.size(), 1u) << wrong;
    EXPECT_EQ(warnings.all[0].variable, wrong);
    EXPECT_EQ(warnings.all[0].problem, "unknown variable (did you mean " + right + "?)");
  }
}

TEST(Config, AnUnknownNameLikeNoneOfOursGetsNoGuess) {
  Warnings warnings;
  from_environment({"HOLMES_SHERLOCK_WATSON=1", ("HOLMES_" + kLong + "=1").c_str(), "HOLMES_=1"},
                   warnings);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings.all[0].problem, "unknown variable");
  EXPECT_EQ(warnings.all[1].problem, "unknown variable");
}

TEST(Config, SetSaysWhetherTheNameIsOurs) {
  Config config = default_config();
  Warnings warnings;
  EXPECT_FALSE(set_variable(config, "HOLMES_NOPE", "1", warnings.sink()));
  EXPECT_FALSE(set_variable(config, "CPU", "1", warnings.sink()));
  EXPECT_FALSE(set_variable(config, "", "", warnings.sink()));
  EXPECT_EQ(warnings.size(), 0u);
}

TEST(Config, OtherVariablesAreNoneOfOurBusiness) {
  from_environment({"PATH=/bin", "HOLMESIAN=1", "holmes_cpu=x", "EMPTY=", "NOEQUALS",
                    "HOLMES_EVENT=/tmp/e.json"});
}

TEST(Config, ANullEnvironmentIsAnEmptyOne) {
  EXPECT_EQ(all_values(load_config(nullptr, {})), all_values(default_config()));
}

TEST(Config, NeedsNobodyToListen) {
  Config config = default_config();
  EXPECT_TRUE(set_variable(config, "HOLMES_CPU", "bad", {}));
  const char* environment[] = {"HOLMES_CPU=bad", "HOLMES_NOPE=1", "HOLMES_CONFIG=/nowhere",
                               nullptr};
  load_config(environment, {});
}

TEST_F(ConfigFile, WinsOverTheEnvironment) {
  const Config config =
      load(write("HOLMES_CPU_ABS=55\n"), {"HOLMES_CPU_ABS=44", "HOLMES_CPU_MIN=4"});
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 55);
  EXPECT_EQ(config.of(Kind::cpu).rule.min, 4);
  EXPECT_EQ(warnings_.size(), 0u);
}

TEST_F(ConfigFile, MayBeWrittenAsAShellWouldReadIt) {
  const Config config = load(write(
      "# a comment\n\n   \n  export HOLMES_CPU_ABS=55\r\nHOLMES_CPU_MIN = \"5\"\n"
      "HOLMES_ON_DUMP='echo \"x\" = y'\nHOLMES_EXCLUDE=\"\"\n\t#HOLMES_MEM=0\nHOLMES_CPU_DIFF=9"));
  for (const Warning& warning : warnings_.all) ADD_FAILURE() << warning.line;
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 55);
  EXPECT_EQ(config.of(Kind::cpu).rule.min, 5);
  EXPECT_EQ(config.of(Kind::cpu).rule.diff, 9) << "the last line has no end";
  EXPECT_EQ(config.on_dump.view(), "echo \"x\" = y");
  EXPECT_TRUE(config.of(Kind::mem).enabled);
}

TEST_F(ConfigFile, KeepsAQuoteThatIsPartOfTheValue) {
  const Config config = load(write("HOLMES_ON_DUMP=\"/opt/my tool\" --now\n"));
  EXPECT_EQ(config.on_dump.view(), "\"/opt/my tool\" --now");
}

TEST_F(ConfigFile, MayBeginWithAByteOrderMark) {
  EXPECT_EQ(load(write("\xef\xbb\xbfHOLMES_CPU_ABS=55\n")).of(Kind::cpu).rule.abs, 55);
  EXPECT_EQ(warnings_.size(), 0u);
}

TEST_F(ConfigFile, HasNoCommentsBehindAValue) {
  const Config config = load(write("HOLMES_ON_DUMP=echo # x\nHOLMES_CPU_ABS=50 # x\n"));
  EXPECT_EQ(config.on_dump.view(), "echo # x");
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_.all[0].value, "50 # x");
}

TEST_F(ConfigFile, BadLinesAreWarnedOfAndTheOthersTaken) {
  const Config config =
      load(write("garbage\nHOLMES_CPU_ABS=x\nHOLMES_NOPE=1\n=\nHOLMES_CPU_MIN=4\n"),
           {"HOLMES_CPU_ABS=44"});
  ASSERT_EQ(warnings_.size(), 4u);
  EXPECT_EQ(warnings_.all[0].line, "garbage: not a line NAME=VALUE, ignored");
  EXPECT_EQ(warnings_.all[1].variable, "HOLMES_CPU_ABS");
  EXPECT_EQ(warnings_.all[2].variable, "HOLMES_NOPE");
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 70) << "the default, not the environment's value";
  EXPECT_EQ(config.of(Kind::cpu).rule.min, 4);
}

TEST_F(ConfigFile, CannotNameAnotherOne) {
  const std::string path = write("HOLMES_CONFIG=/etc/other.env\n");
  const Config config = load(path);
  EXPECT_EQ(config.config_file.view(), path);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_.all[0].problem, "a config file cannot name another one");
}

TEST_F(ConfigFile, MayNameItselfOrNone) {
  const std::string path = folder_ + "/holmes.env";
  write("HOLMES_CONFIG=\nHOLMES_CONFIG=" + path + "\n");
  EXPECT_EQ(load(path).config_file.view(), path);
  EXPECT_EQ(warnings_.size(), 0u);
}

TEST_F(ConfigFile, ThatCannotBeReadIsOneWarningWithItsName) {
  const std::string missing = folder_ + "/missing.env";
  const Config config = load(missing, {"HOLMES_CPU_ABS=44"});
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_.all[0].line, "HOLMES_CONFIG: bad value \"" + missing +
                                       "\": cannot be read: No such file or directory, using the "
                                       "environment alone");
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 44);
  EXPECT_EQ(config.config_file.view(), missing) << "it may appear later";
}

TEST_F(ConfigFile, MustBeARegularOne) {
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  load(fifo);  // would wait for a writer for ever
  load("/dev/zero");
  load(folder_);
  ASSERT_EQ(warnings_.size(), 3u);
  EXPECT_EQ(warnings_.all[0].problem, "cannot be read: Invalid argument");
  EXPECT_EQ(warnings_.all[1].problem, "cannot be read: Invalid argument");
  EXPECT_EQ(warnings_.all[2].problem, "cannot be read: Is a directory");
}

TEST_F(ConfigFile, ThatIsHugeIsRefusedWhole) {
  const Config config = load(write("HOLMES_CPU_ABS=55\n" + std::string(70'000, '#')));
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_.all[0].problem, "cannot be read: File too large");
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 70);
}

TEST_F(ConfigFile, MayBeEmpty) {
  EXPECT_EQ(load(write("")).of(Kind::cpu).rule.abs, 70);
  EXPECT_EQ(warnings_.size(), 0u);
}

TEST_F(ConfigFile, IsReadAgainOnRequest) {
  const std::string path = write("HOLMES_CPU_ABS=55\n");
  Config config = load(path);
  write("HOLMES_CPU_ABS=66\n");
  apply_config_file(config, warnings_.sink());
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 66);
}

TEST_F(ConfigFile, MayHaveARelativeName) {
  const std::string before = here();
  write("HOLMES_CPU_ABS=55\n");
  ASSERT_EQ(chdir(folder_.c_str()), 0);
  const Config config = load("holmes.env");
  ASSERT_EQ(chdir(before.c_str()), 0);
  EXPECT_EQ(config.of(Kind::cpu).rule.abs, 55);
  EXPECT_EQ(config.config_file.view(), folder_ + "/holmes.env");
}

std::string example_text() {
  std::ifstream file(TEST_DATA "/../../holmes.env.example");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Example, ListsEveryVariableOnceWithItsDefault) {
  std::map<std::string, std::string> listed;
  std::istringstream lines(example_text());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.empty() || line[0] == '#') << "in force: " << line;
    if (!line.starts_with("#HOLMES_")) continue;
    const size_t equals = line.find('=');
    ASSERT_NE(equals, std::string::npos) << line;
    EXPECT_TRUE(listed.emplace(line.substr(1, equals - 1), line.substr(equals + 1)).second) << line;
  }
  std::map<std::string, std::string> known;
  for (const VariableInfo& info : known_variables()) {
    known.emplace(info.name, info.fallback);
    EXPECT_FALSE(info.meaning.empty()) << info.name;
  }
  EXPECT_EQ(known.size(), known_variables().size()) << "a name twice";
  EXPECT_EQ(listed, known);
}

TEST(Example, IsAConfigFileThatChangesNothing) {
  std::string text = example_text();
  ASSERT_FALSE(text.empty());
  for (size_t at = 0; (at = text.find("\n#HOLMES_", at)) != std::string::npos; ++at) {
    text.erase(at + 1, 1);
  }
  Config config = default_config();
  Warnings warnings;
  apply_config_text(config, text, warnings.sink());
  for (const Warning& warning : warnings.all) ADD_FAILURE() << warning.line;
  EXPECT_EQ(all_values(config), all_values(default_config()));
}

bool selected(const char* include, const char* exclude, std::string_view name) {
  Config config = default_config();
  set_variable(config, "HOLMES_INCLUDE", include, {});
  set_variable(config, "HOLMES_EXCLUDE", exclude, {});
  return selects(config, name, name);
}

TEST(Selection, TakesEverythingByDefault) {
  EXPECT_TRUE(selected("", "", "nginx"));
  EXPECT_TRUE(selected("*", "", ""));
}

TEST(Selection, MatchesWholeNames) {
  EXPECT_TRUE(selected("nginx", "", "nginx"));
  EXPECT_FALSE(selected("nginx", "", "nginx2"));
  EXPECT_FALSE(selected("nginx", "", "anginx"));
  EXPECT_FALSE(selected("nginx", "", "NGINX"));
}

TEST(Selection, KnowsStarAndQuestionMark) {
  EXPECT_TRUE(selected("redis-*", "", "redis-server"));
  EXPECT_TRUE(selected("redis-*", "", "redis-"));
  EXPECT_FALSE(selected("redis-*", "", "redis"));
  EXPECT_TRUE(selected("*server", "", "redis-server"));
  EXPECT_TRUE(selected("r*s*r", "", "redis-server"));
  EXPECT_FALSE(selected("r*x*r", "", "redis-server"));
  EXPECT_TRUE(selected("python?", "", "python3"));
  EXPECT_FALSE(selected("python?", "", "python"));
  EXPECT_FALSE(selected("python?", "", "python3.11"));
  EXPECT_TRUE(selected("**a**", "", "bab"));
}

TEST(Selection, KnowsSetsOfCharacters) {
  EXPECT_TRUE(selected("python[23]", "", "python3"));
  EXPECT_FALSE(selected("python[23]", "", "python4"));
  EXPECT_FALSE(selected("python[23]", "", "python"));
  EXPECT_TRUE(selected("*[0-9].[a-c_]*", "", "python3.b"));
  EXPECT_TRUE(selected("[!a-m]ginx", "", "nginx"));
  EXPECT_FALSE(selected("[^n]ginx", "", "nginx"));
  EXPECT_TRUE(selected("a[]]b", "", "a]b"));
  EXPECT_TRUE(selected("a[-z]", "", "a-"));
  EXPECT_TRUE(selected("a[b", "", "a[b")) << "a set that does not end is none";
  EXPECT_TRUE(selected("[", "", "["));
}

TEST(Selection, GoesByBothNames) {
  const auto watched = [](const char* include, const char* exclude) {
    Config config = default_config();
    set_variable(config, "HOLMES_INCLUDE", include, {});
    set_variable(config, "HOLMES_EXCLUDE", exclude, {});
    return selects(config, "redis-check-rdb", "redis-server");
  };
  EXPECT_TRUE(watched("redis-server", ""));
  EXPECT_TRUE(watched("redis-check-rdb", ""));
  EXPECT_FALSE(watched("redis", ""));
  EXPECT_FALSE(watched("*", "redis-server"));
  EXPECT_FALSE(watched("*", "redis-check-*"));
}

TEST(Selection, TakesAnyPatternOfAList) {
  EXPECT_TRUE(selected("nginx, redis-*", "", "redis-server"));
  EXPECT_TRUE(selected(",,nginx,", "", "nginx"));
  EXPECT_FALSE(selected(",", "", "nginx")) << "a list without a pattern takes nothing";
}

TEST(Selection, ExclusionWins) {
  EXPECT_FALSE(selected("*", "sh,bash", "bash"));
  EXPECT_TRUE(selected("*", "sh,bash", "dash"));
  EXPECT_FALSE(selected("nginx", "ng*", "nginx"));
}

TEST(Selection, StaysQuickOnHostilePatterns) {
  const std::string stars = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(selected(stars.c_str(), "", std::string(4000, 'a')));
}

}  // namespace
}  // namespace holmes
