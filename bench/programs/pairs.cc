// pairs MODE THREADS PAIRS REPEATS [DEPTH]: what one pair of allocation and release costs.
//
// Every thread keeps a window of 1024 blocks of 16 to 527 bytes and replaces one after the other.
// Prints the CPU time per pair, in ns, one line a repeat. CPU time, because other people's work on
// the machine must not count; the sizes are the same in every run.
//
// MODE: malloc, calloc, realloc (of a live block to another size), aligned_alloc, new (with sized
// delete), remote (one thread allocates, another releases; THREADS is 1).
// DEPTH > 0: every 64 pairs the program descends DEPTH frames anew, by one of 16 ways.
#include <pthread.h>
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

constexpr size_t kWindow = 1024;
constexpr size_t kSizes = 8192;
constexpr size_t kStretch = 64;
uint16_t g_sizes[kSizes];

void fill_sizes() {
  uint32_t state = 12345;
  for (uint16_t& size : g_sizes) {
    state = state * 1664525 + 1013904223;
    size = static_cast<uint16_t>(16 + (state >> 16) % 512);
  }
}

struct Malloc {
  static void* take(size_t size) { return malloc(size); }
  static void release(void* block, size_t) { free(block); }
};
struct Calloc {
  static void* take(size_t size) { return calloc(1, size); }
  static void release(void* block, size_t) { free(block); }
};
struct Aligned {
  static void* take(size_t size) { return aligned_alloc(64, size); }
  static void release(void* block, size_t) { free(block); }
};
struct New {
  static void* take(size_t size) { return operator new(size); }
  static void release(void* block, size_t size) { operator delete(block, size); }
};

struct Window {
  void* blocks[kWindow] = {};
  uint16_t sizes[kWindow] = {};
  size_t at = 0;
};

template <typename How>
[[gnu::noinline]] void replace(Window& window, size_t pairs) {
  size_t at = window.at;
  for (const size_t end = at + pairs; at != end; ++at) {
    void*& slot = window.blocks[at % kWindow];
    uint16_t& size = window.sizes[at % kWindow];
    How::release(slot, size);
    size = g_sizes[at % kSizes];
    slot = How::take(size);
    *static_cast<volatile char*>(slot) = 1;
  }
  window.at = at;
}

struct Realloc;
template <>
[[gnu::noinline]] void replace<Realloc>(Window& window, size_t pairs) {
  size_t at = window.at;
  for (const size_t end = at + pairs; at != end; ++at) {
    void*& slot = window.blocks[at % kWindow];
    slot = realloc(slot, g_sizes[at % kSizes]);
    *static_cast<volatile char*>(slot) = 1;
  }
  window.at = at;
}

// Left and right are two functions, so that a way down is a stack of its own.
template <typename How>
void descend(Window& window, size_t pairs, unsigned depth, unsigned way);
template <typename How>
[[gnu::noinline]] void left(Window& window, size_t pairs, unsigned depth, unsigned way) {
  descend<How>(window, pairs, depth - 1, way / 2);
  asm volatile("");  // no tail call
}
template <typename How>
[[gnu::noinline]] void right(Window& window, size_t pairs, unsigned depth, unsigned way) {
  descend<How>(window, pairs, depth - 1, way / 2);
  asm volatile("");
}
template <typename How>
[[gnu::always_inline]] inline void descend(Window& window, size_t pairs, unsigned depth,
                                           unsigned way) {
  if (depth == 0) return replace<How>(window, pairs);
  (way % 2 ? left<How> : right<How>)(window, pairs, depth, way);
}

unsigned g_depth = 0;

template <typename How>
void replace_all(Window& window, size_t pairs) {
  if (g_depth == 0) return replace<How>(window, pairs);
  for (size_t done = 0; done < pairs; done += kStretch) {
    descend<How>(window, kStretch, g_depth, static_cast<unsigned>(done / kStretch) % 16);
  }
}

// ---- Blocks that another thread releases -------------------------------------------------------
constexpr size_t kBatch = kWindow;
struct Channel {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  void* batches[2][kBatch];
  size_t filled = 0;
  size_t drained = 0;

  void wait_for(const size_t& counter, size_t wanted) {
    pthread_mutex_lock(&lock);
    while (counter < wanted) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
  }
  void advance(size_t& counter) {
    pthread_mutex_lock(&lock);
    ++counter;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
};

// Only what is between the hand-overs counts.
double g_batch_ns[2] = {};
double clock_ns(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(sum) {}
  ~Stopwatch() { sum_ += clock_ns(CLOCK_THREAD_CPUTIME_ID) - start_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& sum_;
  double start_ = clock_ns(CLOCK_THREAD_CPUTIME_ID);
};

void* release_batches(void* argument) {
  auto& channel = *static_cast<Channel*>(argument);
  for (;;) {
    channel.wait_for(channel.filled, channel.drained + 1);
    void** batch = channel.batches[channel.drained % 2];
    if (batch[0] == nullptr) return nullptr;
    {
      const Stopwatch watch(g_batch_ns[0]);
      for (size_t i = 0; i < kBatch; ++i) free(batch[i]);
    }
    channel.advance(channel.drained);
  }
}

void fill(void** batch, size_t number) {
  const Stopwatch watch(g_batch_ns[1]);
  const size_t first = number * kBatch;
  for (size_t i = 0; i < kBatch; ++i) {
    batch[i] = malloc(g_sizes[(first + i) % kSizes]);
    *static_cast<volatile char*>(batch[i]) = 1;
  }
}

void allocate_batches(size_t pairs) {
  auto& channel = *new Channel();
  pthread_t consumer;
  pthread_create(&consumer, nullptr, release_batches, &channel);
  const size_t batches = pairs / kBatch;
  for (size_t number = 0; number <= batches; ++number) {
    if (number >= 2) channel.wait_for(channel.drained, number - 1);
    void** batch = channel.batches[number % 2];
    if (number == batches) {
      batch[0] = nullptr;
    } else {
      fill(batch, number);
    }
    channel.advance(channel.filled);
  }
  pthread_join(consumer, nullptr);
}

// ---- The whole --------------------------------------------------------------------------------
using Work = void(Window&, size_t);
struct Remote {
  static void work(Window&, size_t pairs) { allocate_batches(pairs); }
};

Work* find_work(const char* mode) {
  if (strcmp(mode, "malloc") == 0) return replace_all<Malloc>;
  if (strcmp(mode, "calloc") == 0) return replace_all<Calloc>;
  if (strcmp(mode, "realloc") == 0) return replace_all<Realloc>;
  if (strcmp(mode, "aligned_alloc") == 0) return replace_all<Aligned>;
  if (strcmp(mode, "new") == 0) return replace_all<New>;
  if (strcmp(mode, "remote") == 0) return Remote::work;
  return nullptr;
}

double spent_ns(Work* work) {
  return work == Remote::work ? g_batch_ns[0] + g_batch_ns[1] : clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

struct Worker {
  Work* work;
  size_t pairs;
  Window window;
};

void* run_worker(void* argument) {
  auto& worker = *static_cast<Worker*>(argument);
  worker.work(worker.window, worker.pairs);
  return nullptr;
}

// A single thread is the main one, so that glibc keeps its single-threaded paths, bare and watched.
void run_all(Worker* workers, size_t count) {
  if (count == 1) {
    run_worker(workers);
    return;
  }
  pthread_t threads[64];
  for (size_t i = 0; i < count; ++i) pthread_create(&threads[i], nullptr, run_worker, &workers[i]);
  for (size_t i = 0; i < count; ++i) pthread_join(threads[i], nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: pairs MODE THREADS PAIRS REPEATS [DEPTH]\n");
    return 2;
  }
  Work* work = find_work(argv[1]);
  const size_t threads = strtoul(argv[2], nullptr, 10);
  const size_t pairs = strtoul(argv[3], nullptr, 10);
  const long repeats = atol(argv[4]);
  g_depth = argc > 5 ? static_cast<unsigned>(atoi(argv[5])) : 0;
  if (work == nullptr || threads < 1 || threads > 64 || pairs < kWindow) return 2;
  if (work == Remote::work && threads != 1) return 2;
  fill_sizes();
  auto* workers = new Worker[threads];
  for (size_t i = 0; i < threads; ++i) {
    workers[i].work = work;
    workers[i].pairs = pairs;
  }
  for (long repeat = 0; repeat < repeats; ++repeat) {
    const double before = spent_ns(work);
    run_all(workers, threads);
    printf("%.4f\n", (spent_ns(work) - before) / static_cast<double>(threads * pairs));
  }
}
