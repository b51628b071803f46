// Forks in every way. Commands:
//   rate N    N children by fork from the main thread, one after another, as fast as can be
//   large MIB BURN_MS  touches MIB of memory, then forks and burns again and again for BURN_MS
//   threads N N forks from each of four threads at once
//   ways      vfork, posix_spawn, system, popen and fork + exec with and without environment
// Each answers "<command> <children that ended as they should>" and, for large, the slowest fork in
// ms.
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

using Clock = std::chrono::steady_clock;

bool ended_with(pid_t child, int code) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == code;
}

// The child works as any program does: it allocates, prints into a buffer, ends by exit().
[[noreturn]] void live_shortly() {
  std::string text(100'000, 'x');
  std::free(std::malloc(text.size()));
  std::_Exit(text.back() == 'x' ? 7 : 8);
}

bool fork_once() {
  const pid_t child = fork();
  if (child == 0) live_shortly();
  return child > 0 && ended_with(child, 7);
}

long rate(long count) {
  long good = 0;
  for (long i = 0; i < count; ++i) good += fork_once();
  return good;
}

long from_threads(long count) {
  std::atomic<long> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { good += rate(count); });
  for (auto& thread : threads) thread.join();
  return good;
}

std::string large(long mib, long burn_ms) {
  const size_t size = static_cast<size_t>(mib) << 20;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return "no memory";
  madvise(memory, size, MADV_NOHUGEPAGE);  // page tables are what a fork copies
  for (size_t at = 0; at < size; at += 4096) static_cast<char*>(memory)[at] = 1;
  long good = 0;
  double slowest = 0;
  const auto end = Clock::now() + std::chrono::milliseconds(burn_ms);
  while (Clock::now() < end) {
    for (volatile int turns = 0; turns < 10'000'000;) turns = turns + 1;
    const auto before = Clock::now();
    const pid_t child = fork();
    if (child == 0) _exit(7);
    const std::chrono::duration<double, std::milli> took = Clock::now() - before;
    slowest = std::max(slowest, took.count());
    good += child > 0 && ended_with(child, 7);
  }
  munmap(memory, size);
  return std::to_string(good) + " " + std::to_string(slowest);
}

bool by_vfork() {
  const pid_t child = vfork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "exit 7", nullptr);
    _exit(1);
  }
  return child > 0 && ended_with(child, 7);
}

bool by_spawn(char* const* environment) {
  const char* const argv[] = {"sh", "-c", "exit 7", nullptr};
  pid_t child = 0;
  const int error =
      posix_spawn(&child, "/bin/sh", nullptr, nullptr, const_cast<char* const*>(argv), environment);
  return error == 0 && ended_with(child, 7);
}

bool by_exec(char* const* environment) {
  const pid_t child = fork();
  if (child == 0) {
    const char* const argv[] = {"sh", "-c", "exit 7", nullptr};
    execve("/bin/sh", const_cast<char* const*>(argv), environment);
    _exit(1);
  }
  return child > 0 && ended_with(child, 7);
}

bool by_popen() {
  FILE* output = popen("echo seven", "r");
  char line[16] = "";
  const bool read = output != nullptr && std::fgets(line, sizeof line, output) != nullptr;
  return read && pclose(output) == 0 && std::strcmp(line, "seven\n") == 0;
}

int all_ways() {
  char* const nothing[] = {nullptr};
  const int code = std::system("exit 7");
  return by_vfork() + by_spawn(environ) + by_spawn(nothing) + by_exec(environ) + by_exec(nothing) +
         by_popen() + (WIFEXITED(code) && WEXITSTATUS(code) == 7);
}

}  // namespace

int main() {
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    std::istringstream words(command);
    std::string name;
    long a = 0;
    long b = 0;
    words >> name >> a >> b;
    std::string result;
    if (name == "rate") result = std::to_string(rate(a));
    if (name == "threads") result = std::to_string(from_threads(a));
    if (name == "large") result = large(a, b);
    if (name == "ways") result = std::to_string(all_ways());
    victim::say(command + " = " + result);
  }
}
