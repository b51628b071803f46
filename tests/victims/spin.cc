// spin [N]: N threads (1) spin in spin_here between the commands `start` and `stop`. Further
// commands echo.
#include <pthread.h>

#include <atomic>
#include <thread>
#include <vector>

#include "victim.h"

namespace {
std::atomic<bool> stopping{false};
}

[[gnu::noinline]] void spin_here() {
  while (!stopping.load(std::memory_order_relaxed)) {
  }
}

int main(int argc, char** argv) {
  const long count = victim::number_argument(argc, argv, 1, 1);
  std::vector<std::thread> threads;
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "start") {
      stopping.store(false);
      while (std::ssize(threads) < count) threads.emplace_back(spin_here);
    } else if (command == "stop") {
      stopping.store(true);
      for (auto& thread : threads) thread.join();
      threads.clear();
    }
    victim::say(command);
  }
}
