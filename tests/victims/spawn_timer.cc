// spawn_timer RUNS LIBRARY PROGRAM: starts PROGRAM with and without LD_PRELOAD=LIBRARY, in turn,
// RUNS times each, and prints the two medians of the wall time from spawn to exit:
// "bare_us B preloaded_us P".
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "victim.h"

namespace {

using Clock = std::chrono::steady_clock;
using Environment = std::vector<char*>;

long run_once(char* program, const Environment& environment) {
  char* arguments[] = {program, nullptr};
  const auto start = Clock::now();
  pid_t pid = 0;
  if (posix_spawn(&pid, program, nullptr, nullptr, arguments, environment.data()) != 0) return -1;
  int status = 0;
  waitpid(pid, &status, 0);
  const std::chrono::nanoseconds took = Clock::now() - start;
  return status == 0 ? static_cast<long>(took.count()) : -1;
}

double median_us(std::vector<long> times) {
  std::nth_element(times.begin(), times.begin() + std::ssize(times) / 2, times.end());
  return static_cast<double>(times[times.size() / 2]) / 1000;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::string preload = std::string("LD_PRELOAD=") + argv[2];
  Environment bare;
  for (char** variable = environ; *variable; ++variable) bare.push_back(*variable);
  Environment preloaded = bare;
  preloaded.push_back(preload.data());
  bare.push_back(nullptr);
  preloaded.push_back(nullptr);
  std::vector<long> times[2];
  for (long i = 0; i < 2 * std::atol(argv[1]); ++i) {
    const long took = run_once(argv[3], i % 2 ? preloaded : bare);
    if (took < 0) return 1;
    times[i % 2].push_back(took);
  }
  std::printf("bare_us %.1f preloaded_us %.1f\n", median_us(times[0]), median_us(times[1]));
}
