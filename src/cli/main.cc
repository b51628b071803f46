#include "cli/commands.h"

int main(int argc, char** argv) {
  return holmes::cli::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
}
