// A host that looks after its children: counts every SIGCHLD and everything that wait(-1) returns,
// though it has no child. `grow N` grows its memory by N MiB, `count` prints "sigchld S waited W".
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <memory>
#include <vector>

#include "victim.h"

namespace {

volatile std::sig_atomic_t sigchld = 0;
std::vector<std::unique_ptr<char[]>> held;

void grow(long mebibytes) {
  const size_t size = static_cast<size_t>(mebibytes) << 20;
  held.emplace_back(new char[size]);
  std::memset(held.back().get(), 1, size);
}

}  // namespace

int main() {
  struct sigaction action = {};
  action.sa_handler = [](int) { sigchld = sigchld + 1; };
  action.sa_flags = SA_RESTART;
  sigaction(SIGCHLD, &action, nullptr);
  int waited = 0;
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command.starts_with("grow ")) grow(std::atol(command.c_str() + 5));
    while (waitpid(-1, nullptr, WNOHANG) >= 0) ++waited;  // 0: a child runs, and we have none
    if (command == "count") {
      victim::say("sigchld " + std::to_string(sigchld) + " waited " + std::to_string(waited));
    } else {
      victim::say(command);
    }
  }
}
