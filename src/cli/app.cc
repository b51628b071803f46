#include <algorithm>
#include <iostream>
#include <new>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "cli/commands.h"
#include "cli/error.h"

namespace holmes::cli {

namespace {

constexpr const char* kVersion = "holmes " HOLMES_VERSION;

int failed(int code, const char* message) {
  std::cerr << "holmes: " << message << '\n';
  return code;
}

// --help and --version are no errors; everything else is wrong usage.
int report(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
  failed(2, error.what());
  std::cerr << "Run \"holmes --help\" or \"holmes COMMAND --help\" for usage.\n";
  return 2;
}

int run(const Action& action) {
  try {
    return action();
  } catch (const UsageError& error) {
    return failed(2, error.what());
  } catch (const std::bad_alloc&) {
    return failed(1, "out of memory");
  } catch (const std::exception& error) {
    return failed(1, error.what());
  }
}

// What `run` is to start has options of its own, which are not ours to read.
std::vector<std::string> take_command(std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] != "run") return {};
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (dashes == arguments.end()) return {};
  std::vector<std::string> command(dashes + 1, arguments.end());
  arguments.erase(dashes, arguments.end());
  return command;
}

int parse_and_run(std::vector<std::string> arguments) {
  CLI::App app("Profiles of running services at the moment of their spikes.", "holmes");
  Action action;
  app.require_subcommand(0, 1);  // an unknown word is named before a missing one
  app.set_version_flag("--version", kVersion);
  add_run(app, action, take_command(arguments));
  add_check(app, action);
  add_ls(app, action);
  add_show(app, action);
  add_symbolize(app, action);
  for (CLI::App* command : app.get_subcommands({}))
    command->set_version_flag("--version", kVersion);
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    if (!action) throw CLI::RequiredError("A command");
  } catch (const CLI::ParseError& error) {
    return report(app, error);
  }
  return run(action);
}

}  // namespace

int run_command_line(std::vector<std::string> arguments) {
  const int code = parse_and_run(std::move(arguments));
  if (std::cout.flush()) return code;
  return failed(std::max(code, 1), "cannot write to standard output");
}

}  // namespace holmes::cli
