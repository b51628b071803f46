// Threads and allocation where programs seldom have them: a thread from a static constructor,
// thread-local destructors and pthread keys that allocate, C11 threads, allocation in atexit
// handlers and static destructors. Says what each has seen; exits by itself with code 7 after
// `end`.
#include <pthread.h>
#include <threads.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

std::atomic<int> early_threads{0};
std::atomic<int> late_allocations{0};
std::atomic<bool> parked{true};

[[gnu::noinline]] void* allocate_late(size_t bytes) {
  void* block = std::malloc(bytes);
  std::memset(block, 1, bytes);
  late_allocations.fetch_add(1);
  return block;
}

[[gnu::noinline]] void early_thread() {
  std::free(std::malloc(1 << 20));
  early_threads.fetch_add(1);
  while (parked.load()) usleep(1000);
}

struct Early {
  std::thread thread{early_thread};
  ~Early() {
    parked.store(false);
    thread.join();
    std::free(allocate_late(1 << 20));
  }
};
Early early;  // main has not begun

struct AtThreadEnd {
  char* kept = new char[64];
  ~AtThreadEnd() {
    delete[] kept;
    std::free(allocate_late(1 << 20));
  }
};

void key_destructor(void*) { std::free(allocate_late(1 << 20)); }

void run_thread() {
  static thread_local AtThreadEnd at_end;
  at_end.kept[0] = 'x';
  static pthread_key_t key;
  static std::once_flag once;
  std::call_once(once, [] { pthread_key_create(&key, key_destructor); });
  pthread_setspecific(key, &key);
}

int run_c11(void* result) {
  run_thread();
  return static_cast<int>(reinterpret_cast<intptr_t>(result));
}

void at_exit() { std::free(allocate_late(1 << 20)); }

}  // namespace

int main() {
  std::atexit(at_exit);
  while (early_threads.load() == 0) usleep(1000);
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "posix") {
      std::vector<std::thread> threads;
      for (int i = 0; i < 50; ++i) threads.emplace_back(run_thread);
      for (auto& thread : threads) thread.join();
      victim::say("posix " + std::to_string(late_allocations.exchange(0)));
    } else if (command == "c11") {
      int good = 0;
      for (int i = 0; i < 50; ++i) {
        thrd_t thread;
        int result = 0;
        if (thrd_create(&thread, run_c11, reinterpret_cast<void*>(intptr_t{i})) != thrd_success)
          break;
        good += thrd_join(thread, &result) == thrd_success && result == i;
      }
      victim::say("c11 " + std::to_string(late_allocations.exchange(0)) + " " +
                  std::to_string(good));
    } else if (command == "end") {
      std::exit(7);
    } else {
      victim::say(command);
    }
  }
}
