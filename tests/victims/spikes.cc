// spikes: `burn` starts a thread that spins in burn_here, `grow N` keeps N MiB more in grow_here,
// `park N` starts N threads that wait in park_here. Further commands echo.
#include <unistd.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "victim.h"

namespace {
std::vector<std::unique_ptr<char[]>> held;
}  // namespace

[[gnu::noinline]] void burn_here() {
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

[[gnu::noinline]] void grow_here(long mebibytes) {
  constexpr size_t kBlock = size_t{1} << 20;
  for (long i = 0; i < mebibytes; ++i) {
    held.emplace_back(new char[kBlock]);
    std::memset(held.back().get(), 1, kBlock);
  }
}

[[gnu::noinline]] void park_here() {
  for (;;) pause();
}

int main() {
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "burn") std::thread(burn_here).detach();
    if (command.starts_with("grow ")) grow_here(std::atol(command.c_str() + 5));
    if (command.starts_with("park ")) {
      for (long left = std::atol(command.c_str() + 5); left > 0; --left)
        std::thread(park_here).detach();
    }
    victim::say(command);
  }
}
