#include "cli/program_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/elf_file.h"
#include "cli/error.h"
#include "cli/file_io.h"
#include "cli/scan.h"

namespace holmes::cli {

namespace {

bool is_executable(const std::string& path) {
  return is_regular_file(path) && access(path.c_str(), X_OK) == 0;
}

// "#!/usr/bin/env python3" -> the interpreter's path; "" for none.
std::string interpreter_of(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[256];
  const ssize_t got = fd.valid() ? read(fd.get(), buffer, sizeof buffer) : 0;
  std::string_view text(buffer, got > 0 ? static_cast<size_t>(got) : 0);
  if (!take(text, "#!")) return {};
  skip_spaces(text);
  return std::string(take_word(text));
}

// The loader then runs in secure mode, in which it ignores a preload with a slash in it.
bool changes_user(const struct stat& info) {
  const bool user = (info.st_mode & S_ISUID) != 0 && info.st_uid != getuid();
  const bool group = (info.st_mode & S_ISGID) != 0 && info.st_gid != getgid();
  return user || group;
}

std::string elf_obstacle(const std::string& path) {
  try {
    const ElfFile file(path);
    if (!file.is_native()) return "is built for another machine or word size than libholmes.so";
    if (!file.has_interpreter()) return "is statically linked: nothing can be preloaded into it";
  } catch (const Error&) {
    // No ELF file: execvp() will say what is wrong, or run a script without a #! line by the shell.
  }
  return {};
}

}  // namespace

std::optional<std::string> find_program(const std::string& word) {
  if (word.find('/') != std::string::npos) {
    return is_executable(word) ? std::optional(word) : std::nullopt;
  }
  const char* variable = getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
  for (;;) {
    const size_t end = path.find(':');
    const std::string_view folder = path.substr(0, end);
    std::string candidate = folder.empty() ? word : std::string(folder) + "/" + word;
    if (is_executable(candidate)) return candidate;
    if (end == std::string_view::npos) return {};
    path.remove_prefix(end + 1);
  }
}

std::string preload_obstacle(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return {};
  // The kernel ignores these bits on scripts.
  const std::string interpreter = interpreter_of(path);
  if (!interpreter.empty()) return elf_obstacle(interpreter);
  if (changes_user(info)) return "is setuid or setgid: the loader ignores LD_PRELOAD there";
  const bool has_capabilities = getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  if (has_capabilities && geteuid() != 0) {
    return "has file capabilities: the loader ignores LD_PRELOAD there";
  }
  return elf_obstacle(path);
}

}  // namespace holmes::cli
