#include <stdlib.h>
#include <sys/stat.h>

#include <iostream>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "cli/commands.h"
#include "cli/error.h"
#include "cli/event.h"
#include "cli/file_io.h"
#include "cli/low_priority.h"
#include "cli/orphaned_command.h"
#include "cli/profile_file.h"

namespace holmes::cli {

namespace {

struct Options {
  std::string event;
  std::vector<std::string> files;
  double deadline = 60;
};

void symbolize_file(const std::string& given, double deadline) {
  char* resolved = realpath(given.c_str(), nullptr);  // a link stays a link
  const std::string path = resolved != nullptr ? resolved : given;
  free(resolved);
  std::string bytes = read_whole_file(path);
  struct stat info;
  if (stat(path.c_str(), &info) != 0) throw Error("cannot read it");
  ProfileFile profile(bytes);
  Symbolizer symbolizer({0, profile.program(), ""}, deadline);
  profile.ask(symbolizer);
  symbolizer.run();
  std::cout << given << ": " << symbolizer.named() << " of " << symbolizer.asked()
            << " addresses without a name were named\n";
  for (const std::string& note : symbolizer.notes()) std::cout << "  " << note << '\n';
  const std::string named = profile.with_names(symbolizer);
  if (symbolizer.asked() != 0 && named != bytes) write_file_whole(path, named, &info);
}

int symbolize_files(const Options& options) {
  int code = 0;
  for (const std::string& file : options.files) {
    try {
      symbolize_file(file, options.deadline);
    } catch (const Error& error) {
      std::cerr << "holmes: " << file << ": " << error.what() << '\n';
      code = 1;
    }
  }
  return code;
}

int symbolize(const Options& options) {
  // libdwfl would ask servers for debug files.
  setenv("DEBUGINFOD_URLS", "", 1);
  lower_priority();
  if (options.event.empty() == options.files.empty()) {
    throw UsageError("symbolize takes either --event DRAFT or FILEs");
  }
  if (options.event.empty()) return symbolize_files(options);
  run_command_of_orphan(finish_event(options.event, options.deadline));
  return 0;
}

}  // namespace

void add_symbolize(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "symbolize", "Put function names, files and lines into profiles, in place");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->files, "Profiles, binary or text");
  command->add_option("--event", options->event,
                      "The draft of an event, as the library leaves it: publish its files");
  command
      ->add_option("--deadline", options->deadline,
                   "Seconds after which what is left stays without names")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  command->callback([&action, options] { action = [options] { return symbolize(*options); }; });
}

}  // namespace holmes::cli
