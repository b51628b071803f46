// For the tests of the command: a folder that goes away, a writer of raw profiles that shares
// nothing with the code under test, and this process as something to be symbolized.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <protozero/pbf_writer.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/elf_file.h"
#include "cli/gzip.h"
#include "cli/profile_file.h"
#include "cli/symbolizer.h"

namespace holmes::cli {

class TempFolder {
 public:
  TempFolder() {
    char path[] = "/tmp/holmes-cli-test-XXXXXX";
    path_ = mkdtemp(path);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string at(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name), std::ios::binary) << bytes;
    return at(name);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      found.push_back(entry.path().filename().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The executable mapping of this process that holds an address.
inline MappedModule own_mapping(uint64_t address, uint64_t* limit = nullptr) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    unsigned long start = 0;
    unsigned long end = 0;
    unsigned long offset = 0;
    char path[1024] = "";
    sscanf(line.c_str(), "%lx-%lx %*s %lx %*s %*s %1023s", &start, &end, &offset, path);
    if (address < start || address >= end) continue;
    if (limit != nullptr) *limit = end;
    return {start, offset, path, ElfFile(path).build_id(), false};
  }
  ADD_FAILURE() << "no mapping holds " << address;
  return {};
}

// Writes profile.proto by hand. String numbers, ids and everything else stand in the bytes exactly
// as a test gives them, so that it can give wrong ones.
class RawProfile {
 public:
  RawProfile() { string(""); }

  uint64_t string(const std::string& text) {
    strings_.push_back(text);
    return strings_.size() - 1;
  }
  RawProfile& sample_type(const std::string& type, const std::string& unit) {
    protozero::pbf_writer message(writer_, 1);
    message.add_int64(1, static_cast<int64_t>(string(type)));
    message.add_int64(2, static_cast<int64_t>(string(unit)));
    return *this;
  }
  RawProfile& sample(const std::vector<uint64_t>& locations, const std::vector<int64_t>& values,
                     const std::string& thread = "") {
    protozero::pbf_writer message(writer_, 2);
    message.add_packed_uint64(1, locations.begin(), locations.end());
    message.add_packed_int64(2, values.begin(), values.end());
    if (thread.empty()) return *this;
    protozero::pbf_writer label(message, 3);
    label.add_int64(1, static_cast<int64_t>(string("thread")));
    label.add_int64(2, static_cast<int64_t>(string(thread)));
    return *this;
  }
  RawProfile& mapping(uint64_t id, uint64_t start, uint64_t limit, uint64_t offset,
                      const std::string& file, const std::string& build_id) {
    protozero::pbf_writer message(writer_, 3);
    message.add_uint64(1, id);
    message.add_uint64(2, start);
    message.add_uint64(3, limit);
    message.add_uint64(4, offset);
    message.add_int64(5, static_cast<int64_t>(string(file)));
    message.add_int64(6, static_cast<int64_t>(string(build_id)));
    return *this;
  }
  RawProfile& own_mapping_of(uint64_t id, uint64_t address) {
    uint64_t limit = 0;
    const MappedModule own = own_mapping(address, &limit);
    return mapping(id, own.start, limit, own.offset, own.path, own.build_id);
  }
  RawProfile& location(uint64_t id, uint64_t mapping_id, uint64_t address) {
    protozero::pbf_writer message(writer_, 4);
    message.add_uint64(1, id);
    message.add_uint64(2, mapping_id);
    message.add_uint64(3, address);
    return *this;
  }
  RawProfile& comment(const std::string& text) {
    writer_.add_int64(13, static_cast<int64_t>(string(text)));
    return *this;
  }
  // Any field, right or wrong.
  protozero::pbf_writer& raw() { return writer_; }

  std::string bytes() const {
    std::string all = bytes_;
    protozero::pbf_writer writer(all);
    for (const std::string& text : strings_) writer.add_string(6, text);
    return all;
  }
  std::string gzipped() const { return gzip(bytes()); }

 private:
  std::string bytes_;
  protozero::pbf_writer writer_{bytes_};
  std::vector<std::string> strings_;
};

// The profile with the names that this process finds for itself.
inline std::string named(const std::string& bytes) {
  ProfileFile file(bytes);
  Symbolizer symbolizer({}, 60);
  file.ask(symbolizer);
  symbolizer.run();
  return file.with_names(symbolizer);
}

// Output of a command, stderr included; its exit code in `code`.
inline std::string output_of(const std::string& command, int* code = nullptr) {
  std::string text;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  size_t got = 0;
  while ((got = fread(buffer, 1, sizeof buffer, pipe)) > 0) text.append(buffer, got);
  const int status = pclose(pipe);
  if (code != nullptr) *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return text;
}

inline bool have(const std::string& program) {
  int code = 0;
  output_of("command -v " + program, &code);
  return code == 0;
}

}  // namespace holmes::cli
