// ends HOW MS: four threads allocate and burn, two wait; after MS milliseconds the process ends by
//   return, exit, _exit, quick_exit, abort, kill, pthread_exit (main first, the others follow),
//   exec, thread_exit (exit() called by a thread), or destructor (exit, and a static destructor
//   that goes on working for a while).
// The exit code is 7 wherever the way of ending has one.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "victim.h"

namespace {

std::atomic<bool> stopping{false};

[[gnu::noinline]] void work() {
  while (!stopping.load()) {
    std::free(std::malloc(200'000));
    for (volatile int turns = 0; turns < 10'000;) turns = turns + 1;
  }
}

[[gnu::noinline]] void wait() {
  while (!stopping.load()) usleep(1000);
}

struct LateWorker {
  bool wanted = false;
  ~LateWorker() {
    for (int i = 0; wanted && i < 2000; ++i) {
      delete[] new char[100'000];
      for (volatile int turns = 0; turns < 10'000;) turns = turns + 1;
    }
  }
};
LateWorker late_worker;

void end(std::string_view how) {
  if (how == "exit") std::exit(7);
  if (how == "_exit") _exit(7);
  if (how == "quick_exit") std::quick_exit(7);
  if (how == "abort") std::abort();
  if (how == "kill") kill(getpid(), SIGTERM);
  if (how == "thread_exit") std::thread([] { std::exit(7); }).join();
  if (how == "exec") execl("/bin/sh", "sh", "-c", "exit 7", nullptr);
  late_worker.wanted = how == "destructor";
  if (how == "destructor") std::exit(7);
  if (how == "pthread_exit") {
    std::thread([] {
      usleep(20'000);
      stopping.store(true);
    }).detach();
    pthread_exit(nullptr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  for (int i = 0; i < 4; ++i) std::thread(work).detach();
  for (int i = 0; i < 2; ++i) std::thread(wait).detach();
  victim::say("READY");
  usleep(static_cast<useconds_t>(victim::number_argument(argc, argv, 2, 100)) * 1000);
  end(argv[1]);
  return 7;
}
