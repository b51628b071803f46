// Two threads burn CPU 80 to 20. Each round is counted on the thread's own CPU clock, so that the
// ratio holds whatever the scheduler does; a barrier keeps the rounds together.
// On `stop` prints "burn_80 NS" and "burn_20 NS", the CPU time that each thread really used.
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <thread>

#include "victim.h"

namespace {

constexpr long kMillisecond = 1'000'000;
std::atomic<bool> stopping{false};
pthread_barrier_t round_ends;
bool last_round = false;  // written between the two barriers of a round by one thread only

long cpu_now() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

void compute() {
  for (volatile int i = 0; i < 20000;) {
    i = i + 1;
  }
}

}  // namespace

// Both burn until their clock says so: separate functions, so that a profile tells them apart.
[[gnu::noinline]] void burn_80(long until) {
  while (cpu_now() < until) compute();
}

[[gnu::noinline]] void burn_20(long until) {
  while (cpu_now() < until) compute();
}

namespace {

void rounds(void (*burn)(long), long share, bool decides, long& used) {
  for (long until = cpu_now();;) {
    until += share;
    burn(until);
    pthread_barrier_wait(&round_ends);
    if (decides) last_round = stopping.load();
    pthread_barrier_wait(&round_ends);
    if (last_round) break;
  }
  used = cpu_now();
}

}  // namespace

int main() {
  pthread_barrier_init(&round_ends, nullptr, 2);
  long used_80 = 0;
  long used_20 = 0;
  std::thread first([&] { rounds(burn_80, 8 * kMillisecond, true, used_80); });
  std::thread second([&] { rounds(burn_20, 2 * kMillisecond, false, used_20); });
  victim::say("READY");
  while (victim::next_command() != "stop") {
  }
  stopping.store(true);
  first.join();
  second.join();
  victim::say("burn_80 " + std::to_string(used_80));
  victim::say("burn_20 " + std::to_string(used_20));
}
