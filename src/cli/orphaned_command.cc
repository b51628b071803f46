#include "cli/orphaned_command.h"

#include <sched.h>
#include <unistd.h>

#include <vector>

#include "cli/error.h"
#include "cli/file_io.h"
#include "cli/timer_signal.h"
#include "config/on_dump.h"

namespace holmes::cli {

namespace {

// The keeper that the host put in between dies with the host's thread. Without /proc nobody knows.
bool host_waits() {
  try {
    return read_whole_file("/proc/" + std::to_string(getppid()) + "/comm") == "holmes-keeper\n";
  } catch (const Error&) {
    return true;
  }
}

struct Command {
  const char* text = nullptr;
  std::vector<char*> environment;  // of the host; then HOLMES_EVENT and the end
};

Command given_command() {
  Command command;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    std::string_view text(*variable);
    if (text.starts_with(on_dump::kCommand)) {
      command.text = *variable + on_dump::kCommand.size();
    } else if (text.starts_with(on_dump::kHostVariable)) {
      command.environment.push_back(*variable + on_dump::kHostVariable.size());
    }
  }
  return command;
}

// As it would be, had the host started it. Where there may be no further process, this one becomes
// the command.
[[noreturn]] void execute(const Command& command) {
  stop_timer(ITIMER_PROF);
  const sched_param none = {};
  static_cast<void>(sched_setscheduler(0, SCHED_OTHER, &none));
  static_cast<void>(setsid());
  alarm(on_dump::kLimitSeconds);
  execle("/bin/sh", "sh", "-c", command.text, nullptr, command.environment.data());
  _exit(127);
}

}  // namespace

void run_command_of_orphan(const std::string& manifest_path) {
  Command command = given_command();
  // Without any variable it was no host that started this process.
  if (command.text == nullptr || command.environment.empty() || host_waits()) return;
  std::string event(on_dump::kEvent);
  event += manifest_path;
  command.environment.push_back(event.data());
  command.environment.push_back(nullptr);
  if (fork() <= 0) execute(command);
}

}  // namespace holmes::cli
