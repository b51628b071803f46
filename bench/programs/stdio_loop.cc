// stdio_loop BYTES: copies BYTES characters with getc and putc, whose locks glibc leaves out while
// the process has one thread. Prints the CPU time per character in ns.
#include <time.h>

#include <cstdio>
#include <cstdlib>

namespace {

double cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  const long bytes = argc > 1 ? atol(argv[1]) : 0;
  FILE* from = fopen("/dev/zero", "r");
  FILE* to = fopen("/dev/null", "w");
  if (bytes < 1 || from == nullptr || to == nullptr) return 2;
  const double before = cpu_ns();
  for (long i = 0; i < bytes; ++i) putc(getc(from), to);
  printf("%.4f\n", (cpu_ns() - before) / static_cast<double>(bytes));
}
