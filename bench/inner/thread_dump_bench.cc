// The stacks of threads that wait: what a dump costs in the process itself.
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "capture/mappings.h"
#include "capture/thread_dump.h"
#include "inner.h"
#include "platform/libc.h"

namespace {

// Threads that wait for a condition, as most do.
class Parked {
 public:
  explicit Parked(size_t count) : threads_(count) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size_t{64} << 10);
    for (pthread_t& thread : threads_) pthread_create(&thread, &attributes, run, this);
    pthread_attr_destroy(&attributes);
    while (waiting_ < count) usleep(1000);
    pthread_mutex_lock(&lock_);  // the last one waits
    pthread_mutex_unlock(&lock_);
  }
  ~Parked() {
    pthread_mutex_lock(&lock_);
    done_ = true;
    pthread_cond_broadcast(&changed_);
    pthread_mutex_unlock(&lock_);
    for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
  }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;

 private:
  static void* run(void* self) {
    inner::at_depth(10, wait, self);
    return nullptr;
  }
  static void wait(void* self) {
    auto& parked = *static_cast<Parked*>(self);
    pthread_mutex_lock(&parked.lock_);
    ++parked.waiting_;
    while (!parked.done_) pthread_cond_wait(&parked.changed_, &parked.lock_);
    pthread_mutex_unlock(&parked.lock_);
  }

  std::vector<pthread_t> threads_;
  std::atomic<size_t> waiting_{0};
  bool done_ = false;
  pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
};

void thread_dump(benchmark::State& state) {
  holmes::libc::init();
  const Parked parked(static_cast<size_t>(state.range(0)));
  size_t passive = 0;
  double us_to_last_stack = 1e9;  // the best
  for (auto _ : state) {
    holmes::Arena arena;
    holmes::StackTable stacks;
    holmes::LazyMemoryMap map(arena);
    holmes::ThreadDump dump;
    const int64_t begin = holmes::monotonic_ns();
    if (!holmes::dump_threads(arena, stacks, map, dump)) {
      return state.SkipWithError("no dump");
    }
    passive = dump.passive;
    us_to_last_stack =
        std::min(us_to_last_stack, static_cast<double>(dump.last_sample_ns - begin) / 1e3);
    stacks.clear();
  }
  state.counters["stacks_us"] = us_to_last_stack;
  state.counters["passive"] = static_cast<double>(passive);
}

BENCHMARK(thread_dump)->Arg(10)->Arg(1000)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
