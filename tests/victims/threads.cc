// threads [N]: parks N threads (none) in parked_here, made by start_parked. `more M` parks M more;
// further commands echo.
#include <pthread.h>

#include <thread>

#include "victim.h"

namespace {
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t never = PTHREAD_COND_INITIALIZER;
}  // namespace

[[gnu::noinline]] void parked_here() {
  pthread_mutex_lock(&mutex);
  for (;;) pthread_cond_wait(&never, &mutex);
}

[[gnu::noinline]] void start_parked(long count) {
  for (long i = 0; i < count; ++i) {
    std::thread thread(parked_here);
    pthread_setname_np(thread.native_handle(), "parked");
    thread.detach();
  }
}

int main(int argc, char** argv) {
  start_parked(victim::number_argument(argc, argv, 1, 0));
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command.starts_with("more ")) start_parked(std::atol(command.c_str() + 5));
    victim::say(command);
  }
}
