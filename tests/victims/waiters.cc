// One thread in each of the system calls that are never restarted after a signal, SA_RESTART or
// not. `count` prints "interrupted N", the times that one of them returned EINTR.
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <thread>

#include "victim.h"

namespace {

constexpr int kSeconds = 3600;
std::atomic<int> interrupted{0};

// Repeats a call that waits; counts how often a signal ended it.
template <typename Call>
void repeat(Call call) {
  for (;;) {
    if (call() < 0 && errno == EINTR) interrupted.fetch_add(1);
  }
}

int quiet_socket() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
  const timeval timeout{kSeconds, 0};
  setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  return pair[0];
}

}  // namespace

[[gnu::noinline]] void wait_in_nanosleep() {
  repeat([] {
    const timespec time{kSeconds, 0};
    return nanosleep(&time, nullptr);
  });
}

[[gnu::noinline]] void wait_in_poll() {
  repeat([fd = quiet_socket()] {
    pollfd entry{fd, POLLIN, 0};
    return poll(&entry, 1, kSeconds * 1000);
  });
}

[[gnu::noinline]] void wait_in_epoll() {
  const int set = epoll_create1(0);
  epoll_event event{};
  epoll_ctl(set, EPOLL_CTL_ADD, quiet_socket(), &event);
  repeat([set] {
    epoll_event ready;
    return epoll_wait(set, &ready, 1, kSeconds * 1000);
  });
}

[[gnu::noinline]] void wait_in_epoll_for_ever() {
  const int set = epoll_create1(0);
  repeat([set] {
    epoll_event ready;
    return epoll_wait(set, &ready, 1, -1);
  });
}

[[gnu::noinline]] void wait_in_select() {
  repeat([fd = quiet_socket()] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    timeval time{kSeconds, 0};
    return select(fd + 1, &set, nullptr, nullptr, &time);
  });
}

[[gnu::noinline]] void wait_in_recv() {
  repeat([fd = quiet_socket()] {
    char byte;
    return recv(fd, &byte, 1, 0);
  });
}

[[gnu::noinline]] void wait_in_sem_timedwait() {
  static sem_t never;
  sem_init(&never, 0, 0);
  repeat([] {
    timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += kSeconds;
    return sem_timedwait(&never, &until);
  });
}

[[gnu::noinline]] void wait_in_pause() {
  repeat([] { return pause(); });
}

int main() {
  for (auto wait : {wait_in_nanosleep, wait_in_poll, wait_in_epoll, wait_in_epoll_for_ever,
                    wait_in_select, wait_in_recv, wait_in_sem_timedwait, wait_in_pause}) {
    std::thread(wait).detach();
  }
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    const bool count = command == "count";
    victim::say(count ? "interrupted " + std::to_string(interrupted.load()) : command);
  }
}
