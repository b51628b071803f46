// The commands, one file each. Each adds itself to the application with its options and help; what
// it does runs after parsing, and returns the exit code.
//
// Exit codes: 0 done, 1 it did not work (the reason is on stderr), 2 wrong usage.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace holmes::cli {

using Action = std::function<int()>;

// `action` is set when the command was chosen.
// `command`: what stood behind "--", which is nobody's option.
void add_run(CLI::App& app, Action& action, std::vector<std::string> command);
void add_check(CLI::App& app, Action& action);
void add_ls(CLI::App& app, Action& action);
void add_show(CLI::App& app, Action& action);
void add_symbolize(CLI::App& app, Action& action);

// Parses, runs, prints errors; what main() returns. `arguments` without the program's name.
int run_command_line(std::vector<std::string> arguments);

}  // namespace holmes::cli
