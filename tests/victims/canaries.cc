// One thread in each of the system calls that return EINTR after a handler ran, SA_RESTART or not,
// beyond those of waiters: with timeouts, on sockets, System V IPC, asynchronous I/O. `count` says
// "interrupted N calls M", M the calls that are waiting. `burn` starts two threads that use the
// processor.
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include "victim.h"

namespace {

constexpr int kSeconds = 3600;
constexpr timespec kLong{kSeconds, 0};
std::atomic<int> interrupted{0};
std::atomic<int> calls{0};

template <typename Call>
void wait_in(Call call) {
  std::thread([call] {
    calls.fetch_add(1);
    for (;;) {
      if (call() < 0 && errno == EINTR) interrupted.fetch_add(1);
    }
  }).detach();
}

void give_timeouts(int fd) {
  const timeval timeout{kSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

int quiet_socket() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
  give_timeouts(pair[0]);
  return pair[0];
}

int listener(sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 0) != 0)
    std::abort();
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  give_timeouts(fd);
  return fd;
}

// Nobody accepts: once the queue is full a connect waits for an answer.
void wait_in_connect() {
  static sockaddr_in address;
  listener(address);
  for (int i = 0; i < 4; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  give_timeouts(fd);
  wait_in([fd] { return connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address); });
}

void wait_in_send() {
  const int fd = quiet_socket();
  static char bytes[1 << 20];
  wait_in([fd] { return send(fd, bytes, sizeof bytes, 0); });
}

int queue_id = -1;
int semaphore_id = -1;
void remove_ipc() {
  msgctl(queue_id, IPC_RMID, nullptr);
  semctl(semaphore_id, 0, IPC_RMID);
}

void wait_in_ipc() {
  queue_id = msgget(IPC_PRIVATE, 0600);
  semaphore_id = semget(IPC_PRIVATE, 1, 0600);
  std::atexit(remove_ipc);
  wait_in([] {
    struct {
      long kind;
      char text[8];
    } message{};
    return msgrcv(queue_id, &message, sizeof message.text, 0, 0);
  });
  wait_in([] {
    sembuf down{0, -1, 0};
    return semop(semaphore_id, &down, 1);
  });
  wait_in([] {
    sembuf down{0, -1, 0};
    return semtimedop(semaphore_id, &down, 1, &kLong);
  });
}

void wait_for_descriptors() {
  wait_in([fd = quiet_socket()] {
    pollfd entry{fd, POLLIN, 0};
    return poll(&entry, 1, kSeconds * 1000);
  });
  wait_in([fd = quiet_socket()] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval time{kSeconds, 0};
    return select(fd + 1, &set, nullptr, nullptr, &time);
  });
  wait_in([set = epoll_create1(0)] {
    epoll_event ready;
    return epoll_wait(set, &ready, 1, kSeconds * 1000);
  });
  wait_in([fd = quiet_socket()] {
    char byte;
    return recv(fd, &byte, 1, 0);
  });
  static sockaddr_in address;
  wait_in([fd = listener(address)] { return accept(fd, nullptr, nullptr); });
}

void wait_for_time_and_memory() {
  wait_in([] { return nanosleep(&kLong, nullptr); });
  wait_in([] {
    errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &kLong, nullptr);
    return errno == 0 ? 0 : -1;
  });
  static sem_t never;
  sem_init(&never, 0, 0);
  wait_in([] {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += kSeconds;
    return sem_timedwait(&never, &until);
  });
  static std::atomic<int> word{0};
  wait_in([] { return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &kLong, nullptr, 0); });
  wait_in([] {
    sigset_t none;
    sigemptyset(&none);
    return sigtimedwait(&none, nullptr, &kLong);
  });
}

void wait_in_io_getevents() {
  static aio_context_t context = 0;
  if (syscall(SYS_io_setup, 8, &context) != 0) return;
  wait_in([] {
    io_event event;
    timespec timeout = kLong;
    return syscall(SYS_io_getevents, context, 1, 1, &event, &timeout);
  });
}

}  // namespace

[[gnu::noinline]] void burn_here() {
  for (volatile unsigned long turns = 0;;) turns = turns + 1;
}

int main() {
  wait_for_descriptors();
  wait_for_time_and_memory();
  wait_in_connect();
  wait_in_send();
  wait_in_ipc();
  wait_in_io_getevents();
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "count") {
      victim::say("count " + std::to_string(interrupted.load()) + " of " +
                  std::to_string(calls.load()));
      continue;
    }
    for (int i = 0; i < 2 && command == "burn"; ++i) std::thread(burn_here).detach();
    victim::say(command);
  }
}
