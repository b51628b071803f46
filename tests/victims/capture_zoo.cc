// capture_zoo [N]: N threads (3) of each kind, parked for ever. A kind is a shape of stack, as
// compilers and libraries make it, with a call that waits at its end. READY once all of them sleep
// there.
#include "capture_zoo.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <alloca.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>

#include "victim.h"

// Keeps a call from becoming a jump.
#define STAY() asm volatile("" ::: "memory")
#define WITHOUT_FRAME_POINTER gnu::noinline, gnu::optimize("O2,omit-frame-pointer")
#define WITH_FRAME_POINTER gnu::noinline, gnu::optimize("O2,no-omit-frame-pointer")
#define UNOPTIMISED gnu::noinline, gnu::optimize("O0")

namespace {

constexpr int kForEver = 100'000;
std::atomic<int> arrived{0};
std::atomic<int> spinning{0};

int quiet_socket() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
  return pair[0];
}

}  // namespace

// ---- The calls that wait: in loops, for a debugger that attaches interrupts some
// ------------------

[[WITHOUT_FRAME_POINTER]] void wait_in_cond() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t never = PTHREAD_COND_INITIALIZER;
  pthread_mutex_lock(&mutex);
  for (;;) pthread_cond_wait(&never, &mutex);
  STAY();
}
[[WITH_FRAME_POINTER]] void wait_in_poll() {
  pollfd entry{quiet_socket(), POLLIN, 0};
  while (poll(&entry, 1, -1) < 0) STAY();
  STAY();
}
[[UNOPTIMISED]] void wait_in_epoll() {
  const int set = epoll_create1(0);
  epoll_event event{};
  while (epoll_wait(set, &event, 1, -1) < 0) STAY();
  STAY();
}
[[WITHOUT_FRAME_POINTER]] void wait_in_read() {
  int ends[2];
  char byte;
  if (pipe(ends) != 0) std::abort();
  while (read(ends[0], &byte, 1) < 0) STAY();
}
[[WITH_FRAME_POINTER]] void wait_in_nanosleep() {
  const timespec time{kForEver, 0};
  for (;;) nanosleep(&time, nullptr);
  STAY();
}
[[UNOPTIMISED]] void wait_in_sem() {
  sem_t never;
  sem_init(&never, 0, 0);
  for (;;) sem_wait(&never);
  STAY();
}
[[WITHOUT_FRAME_POINTER]] void wait_in_join() {
  pthread_t other;
  pthread_create(
      &other, nullptr,
      [](void*) -> void* {
        wait_in_poll();
        return nullptr;
      },
      nullptr);
  pthread_join(other, nullptr);
  STAY();
}
[[WITHOUT_FRAME_POINTER]] void wait_in_recv() {
  char byte;
  while (recv(quiet_socket(), &byte, 1, 0) < 0) STAY();
}

namespace {
using Wait = void (*)();
constexpr Wait kWaits[] = {wait_in_cond,      wait_in_poll, wait_in_epoll, wait_in_read,
                           wait_in_nanosleep, wait_in_sem,  wait_in_join,  wait_in_recv};

void arrive_and(Wait wait) {
  arrived.fetch_add(1);
  wait();
  STAY();
}
}  // namespace

// ---- The shapes of stacks -----------------------------------------------------------------------

[[WITHOUT_FRAME_POINTER]] void plain(Wait wait, int depth) {
  [[maybe_unused]] volatile char padding[72] = {};
  padding[0] = 1;
  if (depth > 0) {
    plain(wait, depth - 1);
  } else {
    arrive_and(wait);
  }
  padding[1] = 2;
  STAY();
}
void in_plain(Wait wait) {
  plain(wait, 5);
  STAY();
}

[[WITH_FRAME_POINTER]] void framed(Wait wait, int depth) {
  auto* memory = static_cast<volatile char*>(alloca(64 + 48 * static_cast<size_t>(depth)));
  memory[0] = 1;
  if (depth > 0) {
    framed(wait, depth - 1);
  } else {
    arrive_and(wait);
  }
  memory[1] = 2;
}
void in_framed(Wait wait) {
  framed(wait, 5);
  STAY();
}

// A frame-pointer function that the waiting function is called from directly, through a pointer.
[[WITH_FRAME_POINTER]] void framed_once(Wait wait) {
  auto* memory = static_cast<volatile char*>(alloca(200));
  memory[0] = 1;
  arrived.fetch_add(1);
  wait();
  memory[1] = 2;
}

[[UNOPTIMISED]] void unoptimised(Wait wait, int depth) {
  if (depth > 0) {
    unoptimised(wait, depth - 1);
  } else {
    arrive_and(wait);
  }
}
void in_unoptimised(Wait wait) {
  unoptimised(wait, 3);
  STAY();
}

void in_function(Wait wait) {
  const std::function<void(int)> inner = [wait](int) {
    arrive_and(wait);
    STAY();
  };
  const std::function<void()> outer = [&inner] {
    inner(1);
    STAY();
  };
  outer();
  STAY();
}

void in_stripped_library(Wait wait) {
  capture_call(
      [](void* argument) {
        arrive_and(*static_cast<Wait*>(argument));
        STAY();
      },
      &wait);
  STAY();
}

void in_destructor(Wait wait) {
  struct Waiter {
    Wait wait;
    ~Waiter() {
      arrive_and(wait);
      STAY();
    }
  };
  struct Owner {
    Waiter first, second;
    ~Owner() { STAY(); }
  };
  const Owner owner{{wait}, {wait}};
  STAY();
}

[[gnu::noinline]] void realigned(Wait wait) {
  [[maybe_unused]] alignas(64) volatile char block[128] = {};
  block[0] = 1;
  arrive_and(wait);
  block[1] = 2;
}

void in_catch(Wait wait) {
  try {
    throw std::runtime_error("to be caught");
  } catch (const std::exception&) {
    arrive_and(wait);
    STAY();
  }
}

// ---- In signal handlers -------------------------------------------------------------------------

namespace {
thread_local Wait handler_waits;
}

void on_signal(int) {
  arrive_and(handler_waits);
  STAY();
}

void in_handler(Wait wait) {
  handler_waits = wait;
  pthread_kill(pthread_self(), SIGUSR1);
  STAY();
}
// Interrupted between any two instructions.
[[WITHOUT_FRAME_POINTER]] void spin_until_interrupted() {
  volatile unsigned i = 0;
  for (;;) {
    i = i + 1;
  }
}
void in_handler_of_spinner(Wait wait) {
  handler_waits = wait;
  spinning.fetch_add(1);
  spin_until_interrupted();
  STAY();
}
// Interrupted in a call that waits, on a stack of its own.
void in_handler_on_own_stack(Wait wait) {
  constexpr size_t kSize = 65536;
  stack_t own{};
  own.ss_sp = std::malloc(kSize);
  own.ss_size = kSize;
  sigaltstack(&own, nullptr);
  handler_waits = wait;
  pthread_kill(pthread_self(), SIGUSR2);
  STAY();
}

namespace {

struct Shape {
  const char* name;
  void (*run)(Wait);
};
constexpr Shape kShapes[] = {{"plain", in_plain},
                             {"framed", in_framed},
                             {"framed_once", framed_once},
                             {"unoptimised", in_unoptimised},
                             {"function", in_function},
                             {"stripped", in_stripped_library},
                             {"destructor", in_destructor},
                             {"realigned", realigned},
                             {"catch", in_catch},
                             {"handler", in_handler},
                             {"spinner", in_handler_of_spinner},
                             {"own_stack", in_handler_on_own_stack}};

struct Task {
  Shape shape;
  Wait wait;
};

void* run_task(void* argument) {
  const Task task = *static_cast<Task*>(argument);
  pthread_setname_np(pthread_self(), task.shape.name);
  task.shape.run(task.wait);
  return nullptr;
}

void handle(int signal, int flags) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

pthread_t start(const Shape& shape, Wait wait) {
  pthread_t thread;
  if (pthread_create(&thread, nullptr, run_task, new Task{shape, wait}) != 0) std::abort();
  return thread;
}

}  // namespace

int main(int argc, char** argv) {
  const long each = victim::number_argument(argc, argv, 1, 3);
  handle(SIGUSR1, 0);
  handle(SIGUSR2, SA_ONSTACK);
  int started = 0;
  for (long i = 0; i < each; ++i) {
    for (const Shape& shape : kShapes) {
      for (const Wait wait : kWaits) {
        const pthread_t thread = start(shape, wait);
        ++started;
        if (shape.run != in_handler_of_spinner) continue;
        while (spinning.load() == 0) usleep(1000);
        spinning.store(0);
        usleep(1000);
        pthread_kill(thread, SIGUSR1);
      }
    }
  }
  while (arrived.load() < started) usleep(1000);
  victim::ready_and_wait();
}
