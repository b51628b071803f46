// plugin_host PLUGIN...: a C program, without any C++ of its own, that loads each C++ library in
// turn, works with it, unloads it and starts over; five rounds. Prints the best nanoseconds that a
// pair of operator new and delete took in the libraries, and a throw, and how many of them were
// gone after their dlclose().
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kRounds = 5, kPairs = 100000, kThrows = 20000 };

static double cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(void* library, const char* name, long count, double* best) {
  void (*work)(long) = (void (*)(long))dlsym(library, name);
  if (work == NULL) exit(1);
  const double begin = cpu_ns();
  work(count);
  const double each = (cpu_ns() - begin) / (double)count;
  if (*best == 0 || each < *best) *best = each;
}

int main(int argc, char** argv) {
  double pair_ns = 0;
  double throw_ns = 0;
  int unloaded = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 1; i < argc; ++i) {
      void* library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
      if (library == NULL) return 1;
      measure(library, "plugin_allocate", kPairs, &pair_ns);
      measure(library, "plugin_throw", kThrows, &throw_ns);
      if (dlclose(library) != 0) return 1;
      unloaded += dlopen(argv[i], RTLD_NOW | RTLD_NOLOAD) == NULL;
    }
  }
  printf("pair_ns %.1f\nthrow_ns %.1f\nunloaded %d of %d\n", pair_ns, throw_ns, unloaded,
         kRounds * (argc - 1));
  return 0;
}
