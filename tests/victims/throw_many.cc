// throw_many [N]: each command throws and catches N (20000) exceptions through ten frames and
// prints the nanoseconds that one took, the best of five rounds. `start` starts a spinning thread
// first, to cause a CPU capture.
#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <thread>

#include "victim.h"

namespace {

long cpu_now() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

[[gnu::noinline]] int deep(int depth) {
  if (depth == 0) throw std::runtime_error("thrown on purpose");
  const int result = deep(depth - 1);
  asm volatile("");  // keeps the frame: no tail call
  return result + 1;
}

long throw_all(long count) {
  long caught = 0;
  for (long i = 0; i < count; ++i) {
    try {
      deep(10);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  return caught;
}

long best_nanoseconds(long count) {
  long best = std::numeric_limits<long>::max();
  for (int round = 0; round < 5; ++round) {
    const long start = cpu_now();
    if (throw_all(count) != count) std::abort();
    best = std::min(best, (cpu_now() - start) / count);
  }
  return best;
}

[[gnu::noinline]] void spin_here() {
  for (volatile unsigned long turns = 0;;) {
    turns = turns + 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const long count = victim::number_argument(argc, argv, 1, 20000);
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "start") {
      std::thread(spin_here).detach();
      victim::say(command);
    } else {
      victim::say(command + " " + std::to_string(best_nanoseconds(count)));
    }
  }
}
