// capture_budget N MILLISECONDS: N threads that each burn exactly so much CPU time, thread 8 * r +
// c in burn_at_r_c, by the name of "burn_i". `warm` burns CPU in another thread until the next
// command. `go` lets the first half, which waits since the start, begin, and then starts the other
// half; "went" once all have burnt what they had.
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

constexpr int kMost = 64;
std::latch begin_burning{1};
std::atomic<bool> warming{false};
long budget_ns = 0;

long cpu_now() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void compute() {
  for (volatile int i = 0; i < 10000;) {
    i = i + 1;
  }
}

}  // namespace

#define BURN(row, column)                                             \
  [[gnu::noinline]] void burn_at_##row##_##column() {                 \
    const long until = cpu_now() + budget_ns;                         \
    while (cpu_now() < until) compute();                              \
    asm volatile("# " #row #column); /* no two are folded into one */ \
  }
#define EIGHT(make, row)                                                                     \
  make(row, 0) make(row, 1) make(row, 2) make(row, 3) make(row, 4) make(row, 5) make(row, 6) \
      make(row, 7)
#define ALL(make) \
  EIGHT(make, 0)  \
  EIGHT(make, 1)  \
  EIGHT(make, 2) EIGHT(make, 3) EIGHT(make, 4) EIGHT(make, 5) EIGHT(make, 6) EIGHT(make, 7)
#define NAME(row, column) burn_at_##row##_##column,

ALL(BURN)

namespace {

constexpr void (*kBurns[])() = {ALL(NAME)};

void run(size_t number) {
  pthread_setname_np(pthread_self(), ("burn_" + std::to_string(number)).c_str());
  begin_burning.wait();
  kBurns[number]();
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = static_cast<size_t>(victim::number_argument(argc, argv, 1, 2));
  budget_ns = victim::number_argument(argc, argv, 2, 100) * 1'000'000;
  if (count > kMost) return 2;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count / 2; ++i) threads.emplace_back(run, i);
  victim::say("READY");
  std::thread warmer;
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "warm") {
      warming.store(true);
      warmer = std::thread([] {
        while (warming.load()) compute();
      });
    } else if (command == "go") {
      warming.store(false);
      if (warmer.joinable()) warmer.join();
      begin_burning.count_down();
      for (size_t i = count / 2; i < count; ++i) threads.emplace_back(run, i);
      for (std::thread& thread : threads) thread.join();
      threads.clear();
      victim::say("went");
      continue;
    }
    victim::say(command);
  }
}
