// burn MILLISECONDS THREADS DEPTH [PART]: threads that compute for so long, DEPTH frames deep.
// Prints the rounds done per ms of CPU time and the CPU time used, in ms: what a CPU capture takes
// away shows in the first. With PART, in ms, the same for each such part of the time before that,
// after the moment of its end, in ms since 1970.
#include <pthread.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<uint64_t> g_rounds{0};
std::atomic<uint64_t> g_cpu_ns{0};
double g_milliseconds;
unsigned g_depth;
double g_part;

double now_ms(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

[[gnu::noinline]] void compute() {
  for (volatile int i = 0; i < 20000;) i = i + 1;
}

[[gnu::noinline]] void burn(unsigned depth, double end) {
  if (depth > 0) {
    burn(depth - 1, end);
    asm volatile("");  // no tail call
    return;
  }
  uint64_t rounds = 0;
  uint64_t rounds_before = 0;
  double cpu_before = now_ms(CLOCK_THREAD_CPUTIME_ID);
  double part_end = g_part > 0 ? now_ms(CLOCK_MONOTONIC) + g_part : end;
  for (double now = 0; now < end; now = now_ms(CLOCK_MONOTONIC)) {
    compute();
    ++rounds;
    if (now < part_end || g_part <= 0) continue;
    const double cpu = now_ms(CLOCK_THREAD_CPUTIME_ID);
    const double spent = cpu - cpu_before;
    printf("%.1f %.4f %.1f\n", now_ms(CLOCK_REALTIME),
           static_cast<double>(rounds - rounds_before) / spent, spent);
    rounds_before = rounds;
    cpu_before = cpu;
    part_end = now + g_part;
  }
  g_rounds += rounds;
}

void* run(void*) {
  burn(g_depth, now_ms(CLOCK_MONOTONIC) + g_milliseconds);
  g_cpu_ns += static_cast<uint64_t>(1e6 * now_ms(CLOCK_THREAD_CPUTIME_ID));
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) return 2;
  g_milliseconds = atof(argv[1]);
  const int threads = atoi(argv[2]);
  g_depth = static_cast<unsigned>(atoi(argv[3]));
  g_part = argc == 5 ? atof(argv[4]) : 0;
  pthread_t ids[256];
  if (threads < 1 || threads > 256) return 2;
  for (int i = 0; i < threads; ++i) pthread_create(&ids[i], nullptr, run, nullptr);
  for (int i = 0; i < threads; ++i) pthread_join(ids[i], nullptr);
  const double cpu_ms = 1e-6 * static_cast<double>(g_cpu_ns.load());
  printf("%.4f %.1f\n", static_cast<double>(g_rounds.load()) / cpu_ms, cpu_ms);
}
