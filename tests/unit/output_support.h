// What the tests of src/output share: sinks into memory, scratch folders, outside tools, and a
// profile built from invented addresses.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "output/byte_sink.h"
#include "profile/profile.h"

namespace holmes::test {

class StringSink final : public ByteSink {
 public:
  // Fails with ENOSPC once more than `limit` bytes were given.
  explicit StringSink(size_t limit = SIZE_MAX) : ByteSink(&take), limit_(limit) {}
  std::string text;

 private:
  static Status take(ByteSink& base, std::string_view bytes) {
    auto& self = static_cast<StringSink&>(base);
    if (self.text.size() + bytes.size() > self.limit_) return {"write", ENOSPC};
    self.text.append(bytes);
    return {};
  }
  size_t limit_;
};

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/holmes-unit-XXXXXX";
    if (mkdtemp(name) != nullptr) path = name;
  }
  ~TempDir() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      all.push_back(entry.path().filename().string());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  std::string path;
};

inline void write_text(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Ran {
  int code = -1;
  std::string output;
};

// Runs a shell command; standard error is dropped unless the command says otherwise.
inline Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen(("( " + command + " ) 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) ran.output.append(buffer, n);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

inline bool have(const std::string& tool) { return run("command -v " + tool).code == 0; }

#define SKIP_WITHOUT(tool) \
  if (!::holmes::test::have(tool)) GTEST_SKIP() << tool << " is not installed"
#define SKIP_UNLESS_ROOT() \
  if (geteuid() != 0) GTEST_SKIP() << "needs root"

// `go tool pprof -raw`, without looking for symbols.
inline Ran pprof_raw(const std::string& file) {
  return run("go tool pprof -symbolize=none -raw '" + file + "'");
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// What `pprof -raw` says, with each sample's locations as addresses.
struct RawProfile {
  std::vector<std::string> head;  // the lines before "Samples:"
  std::string types;              // the line of sample types
  struct RawSample {
    std::vector<int64_t> values;
    std::vector<uint64_t> addresses;
    std::string labels;
  };
  std::vector<RawSample> samples;
  std::map<uint64_t, std::string> mapping_of;  // address -> "M=2" or ""
  std::vector<std::string> mappings;

  static RawProfile of(const std::string& file) {
    const Ran ran = pprof_raw(file);
    EXPECT_EQ(ran.code, 0) << ran.output;
    return parse(ran.output);
  }

  static RawProfile parse(const std::string& text) {
    RawProfile raw;
    std::string section;
    std::map<uint64_t, uint64_t> address_of;
    std::vector<std::vector<uint64_t>> ids;
    for (const std::string& line : lines_of(text)) {
      if (line == "Samples:" || line == "Locations" || line == "Mappings") {
        section = line;
      } else if (section.empty()) {
        raw.head.push_back(line);
      } else if (section == "Samples:" && raw.types.empty()) {
        raw.types = line;
      } else if (section == "Samples:") {
        const size_t colon = line.find(':');
        const auto values = words_of(line.substr(0, colon));
        if (values.empty() || !isdigit(values[0][0])) {
          if (!raw.samples.empty()) raw.samples.back().labels += line + "\n";
          continue;
        }
        raw.samples.emplace_back();
        for (const auto& v : values) raw.samples.back().values.push_back(std::stoll(v));
        ids.emplace_back();
        for (const auto& id : words_of(line.substr(colon + 1)))
          ids.back().push_back(std::stoull(id));
      } else if (section == "Locations") {
        const auto words = words_of(line);  // "1: 0x1234 M=1"
        const uint64_t address = std::stoull(words.at(1), nullptr, 16);
        address_of[std::stoull(words.at(0))] = address;
        raw.mapping_of[address] = words.size() > 2 ? words[2] : "";
      } else {
        raw.mappings.push_back(line);
      }
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      for (const uint64_t id : ids[i]) raw.samples[i].addresses.push_back(address_of.at(id));
    }
    return raw;
  }
};

// A profile with memory of its own.
class ProfileBuilder {
 public:
  explicit ProfileBuilder(ProfileKind kind) {
    profile_.kind = kind;
    profile_.period = kind == ProfileKind::heap ? 524288 : kind == ProfileKind::cpu ? 10000000 : 1;
    profile_.stacks = &stacks;
  }

  StackId stack(std::vector<uintptr_t> leaf_first, StackId root = 0) {
    return stacks.intern(leaf_first, root);
  }
  void sample(StackId id, std::initializer_list<int64_t> values, int thread = -1) {
    Sample made;
    made.stack = id;
    made.thread = thread;
    std::copy(values.begin(), values.end(), made.values);
    samples.push_back(made);
  }
  void thread(int tid, std::string_view name, std::string_view state = "",
              std::string_view waiting = "") {
    threads.push_back({tid, name, state, waiting});
  }
  void mapping(uintptr_t start, uintptr_t limit, uint64_t offset, std::string_view file,
               std::string_view build_id = "") {
    mappings.push_back({start, limit, offset, file, build_id});
  }
  const Profile& profile() {
    profile_.samples = samples;
    profile_.threads = threads;
    profile_.mappings = mappings;
    profile_.comments = comments;
    return profile_;
  }
  Profile& edit() { return profile_; }

  StackTable stacks;
  Arena arena;
  std::vector<Sample> samples;
  std::vector<ThreadInfo> threads;
  std::vector<Mapping> mappings;
  std::vector<std::string_view> comments;

 private:
  Profile profile_;
};

inline std::string own_maps() { return read_text("/proc/self/maps"); }

}  // namespace holmes::test
