// A daemon's start: threads first, then `drop UID` gives up root by setgroups, setgid and setuid.
// Says 0 or errno; other lines echo.
#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "victim.h"

int main() {
  std::thread([] {
    for (;;) pause();
  }).detach();
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (!command.starts_with("drop ")) {
      victim::say(command);
      continue;
    }
    const auto id = static_cast<uid_t>(std::atoi(command.c_str() + 5));
    const gid_t groups[] = {id, id + 1};
    const bool done = setgroups(2, groups) == 0 && setgid(id) == 0 && setuid(id) == 0;
    victim::say(command + " = " + std::to_string(done ? 0 : errno));
  }
}
