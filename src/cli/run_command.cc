#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <iostream>
#include <map>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "cli/commands.h"
#include "cli/error.h"
#include "cli/file_io.h"
#include "cli/program_file.h"
#include "config/config.h"

namespace holmes::cli {

namespace {

constexpr std::string_view kPrefix = "HOLMES_";
// As shells report them.
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

struct Options {
  std::map<std::string, std::string> values;  // by variable; only those given
  std::string library;
  std::vector<std::string> command;
};

// HOLMES_DUMP_PATH -> --dump-path
std::string option_of(std::string_view variable) {
  variable.remove_prefix(kPrefix.size());
  std::string option = "--";
  for (const char c : variable) {
    option += c == '_' ? '-' : static_cast<char>(tolower(static_cast<unsigned char>(c)));
  }
  return option;
}

void refuse(void*, const ConfigWarning& warning) {
  throw UsageError(std::string(warning.variable) + "=" + std::string(warning.value) + ": " +
                   std::string(warning.problem));
}

std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0) throw Error("cannot find out where this command is: " + errno_text(errno));
  return folder_of(std::string(path, static_cast<size_t>(size)));
}

std::string absolute(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  const std::string result = resolved != nullptr ? resolved : path;
  free(resolved);
  return result;
}

std::string find_library(const std::string& given) {
  if (!given.empty()) {
    if (!is_regular_file(given)) throw UsageError("--library " + given + ": no such file");
    return absolute(given);
  }
  const std::string folder = own_folder();
  std::string tried;
  for (const char* place : {"/", "/../lib/", "/../lib/" HOLMES_MULTIARCH "/"}) {
    const std::string path = folder + place + "libholmes.so";
    if (is_regular_file(path)) return absolute(path);
    tried += " " + path;
  }
  throw Error("libholmes.so is not beside this command; looked for" + tried +
              " (--library names it)");
}

void preload(const std::string& library) {
  if (library.find_first_of(" :\t\n") != std::string::npos) {
    throw Error("LD_PRELOAD cannot hold a path with a blank or colon: " + library);
  }
  const char* others = getenv("LD_PRELOAD");
  const bool alone = others == nullptr || others[0] == '\0';
  setenv("LD_PRELOAD", (alone ? library : library + ":" + others).c_str(), 1);
}

void warn_of_obstacles(const std::string& word) {
  const auto program = find_program(word);
  if (!program) return;  // execvp() says so
  const std::string obstacle = preload_obstacle(*program);
  if (obstacle.empty()) return;
  std::cerr << "holmes: warning: " << *program << " " << obstacle
            << "; it runs, but holmes will not see it\n";
}

int run(Options& options) {
  std::vector<std::string>& command = options.command;
  if (command.empty()) throw UsageError("run needs a command: holmes run [options] -- CMD...");
  Config scratch = default_config();
  for (const auto& [variable, value] : options.values) {
    set_variable(scratch, variable, value, {refuse, nullptr});
  }
  preload(find_library(options.library));
  for (const auto& [variable, value] : options.values) setenv(variable.c_str(), value.c_str(), 1);
  warn_of_obstacles(command[0]);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const int error = errno;
  std::cerr << "holmes: cannot run " << command[0] << ": " << errno_text(error) << '\n';
  return error == ENOENT ? kNotFound : kNotExecutable;
}

void add_variables(CLI::App& command, const std::shared_ptr<Options>& options) {
  for (const VariableInfo& info : known_variables()) {
    const std::string variable(info.name);
    // An empty one is explained by the meaning.
    const std::string fallback =
        info.fallback.empty() ? "" : " [" + std::string(info.fallback) + "]";
    command
        .add_option_function<std::string>(
            option_of(info.name),
            [options, variable](const std::string& value) { options->values[variable] = value; },
            std::string(info.meaning) + fallback)
        ->type_name("")
        ->group("Variables (each sets the HOLMES_ variable of its name)");
  }
}

}  // namespace

void add_run(CLI::App& app, Action& action, std::vector<std::string> words) {
  CLI::App* command = app.add_subcommand("run", "Run a command under libholmes.so");
  const auto options = std::make_shared<Options>();
  command->footer("Everything after -- is the command: holmes run [OPTIONS] -- CMD...");
  command->prefix_command();
  command->add_option("--library", options->library,
                      "The libholmes.so to use [the one beside this command]");
  add_variables(*command, options);
  command->callback([&action, command, options, words] {
    // Without "--" the command begins at the first word that is no option.
    options->command = command->remaining();
    if (!options->command.empty() && (!words.empty() || options->command[0].starts_with("-"))) {
      throw CLI::ExtrasError({options->command[0]});
    }
    if (!words.empty()) options->command = words;
    action = [options] { return run(*options); };
  });
}

}  // namespace holmes::cli
