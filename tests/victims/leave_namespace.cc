// leave_namespace [FOLDER]: single-threaded. `user`: unshare(CLONE_NEWUSER); `mount`: a mount
// namespace with a tmpfs over FOLDER; `chroot DIR`; each says its result, 0 or errno. `burn`: spins
// from now on.
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>

#include "victim.h"

namespace {

int leave_mounts(const char* folder) {
  if (unshare(CLONE_NEWNS) != 0) return errno;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  return mount("tmpfs", folder, "tmpfs", 0, "mode=0700") == 0 ? 0 : errno;
}

bool input_waits() {
  pollfd input{0, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

}  // namespace

[[gnu::noinline]] void burn_here() {
  for (volatile int turns = 0; turns < 1'000'000;) turns = turns + 1;
}

int main(int, char** argv) {
  bool burning = false;
  victim::say("READY");
  for (;;) {
    while (burning && !input_waits()) burn_here();
    const std::string command = victim::next_command();
    if (command == "user") {
      victim::say("user " + std::to_string(unshare(CLONE_NEWUSER) == 0 ? 0 : errno));
    } else if (command == "mount") {
      victim::say("mount " + std::to_string(leave_mounts(argv[1])));
    } else if (command.starts_with("chroot ")) {
      const bool done = chroot(command.c_str() + 7) == 0 && chdir("/") == 0;
      victim::say("chroot " + std::to_string(done ? 0 : errno));
    } else {
      burning = burning || command == "burn";
      victim::say(command);
    }
  }
}
