// storm libraries FOLDER SECONDS: eight threads load copies of libstorm_library.so from FOLDER, run
// their
//   code and unload them; one thread waits for ever in the code of a copy that is then unloaded.
// storm threads SECONDS: threads start and end, as many as can be, some by thrd_create, some
// detached. Says "done COUNT" at the end, then waits for commands.
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

using Clock = std::chrono::steady_clock;
std::atomic<long> done{0};

void* load(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::abort();
  return library;
}

std::string copy_of(const std::string& folder, int number) {
  return folder + "/copy" + std::to_string(number) + ".so";
}

void load_and_unload(const std::string& folder, int number, Clock::time_point end) {
  while (Clock::now() < end) {
    void* library = load(copy_of(folder, number));
    auto* work = reinterpret_cast<int (*)(int)>(dlsym(library, "storm_work"));
    for (int depth = 0; depth < 40; depth += 13) work(depth);
    if (dlclose(library) != 0) std::abort();
    done.fetch_add(1);
  }
}

bool is_mapped(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (library != nullptr) dlclose(library);
  return library != nullptr;
}

bool is_in_pause(pid_t tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/syscall");
  long number = -1;
  return file >> number && number == SYS_pause;
}

// The thread's stack is full of return addresses into nothing afterwards.
void strand_a_thread(const std::string& path) {
  void* library = load(path);
  auto* wait = reinterpret_cast<void (*)()>(dlsym(library, "storm_wait"));
  std::atomic<pid_t> tid{0};
  std::thread([&tid, wait] {
    tid.store(gettid());
    wait();
  }).detach();
  while (tid.load() == 0 || !is_in_pause(tid.load())) usleep(1000);
  dlclose(library);
  if (is_mapped(path)) std::abort();
}

void storm_of_libraries(const std::string& folder, Clock::time_point end) {
  strand_a_thread(copy_of(folder, 0));
  std::vector<std::thread> threads;
  for (int i = 1; i <= 8; ++i) threads.emplace_back(load_and_unload, folder, i, end);
  for (auto& thread : threads) thread.join();
}

[[gnu::noinline]] void work_shortly() {
  std::free(std::malloc(400'000));
  done.fetch_add(1);
}
int run_c11(void*) {
  work_shortly();
  return 7;
}
void* run_posix(void*) {
  work_shortly();
  return nullptr;
}

void storm_of_threads(Clock::time_point end) {
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&detached, 16384);
  while (Clock::now() < end) {
    std::vector<std::thread> joined;
    for (int i = 0; i < 20; ++i) joined.emplace_back(work_shortly);
    for (int i = 0; i < 20; ++i) {
      pthread_t thread;
      if (pthread_create(&thread, &detached, run_posix, nullptr) != 0) std::abort();
    }
    thrd_t c11;
    int result = 0;
    if (thrd_create(&c11, run_c11, nullptr) != thrd_success) std::abort();
    if (thrd_join(c11, &result) != thrd_success || result != 7) std::abort();
    for (auto& thread : joined) thread.join();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const bool libraries = std::string_view(argv[1]) == "libraries";
  const auto end =
      Clock::now() + std::chrono::seconds(victim::number_argument(argc, argv, argc - 1, 3));
  if (libraries) storm_of_libraries(argv[2], end);
  if (!libraries) storm_of_threads(end);
  victim::say("done " + std::to_string(done.load()));
  victim::ready_and_wait();
}
