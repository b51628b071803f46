// signals MODE: a host that uses signals itself, with a thread that burns in burn_here.
//   profiler  its own SIGPROF handler and ITIMER_PROF at 100 Hz
//   later     the same from the command `take` on; `take` says what it found there before
//   reset     `reset` sets every signal to SIG_DFL, again and again for a second
//   blocked   every signal blocked in every thread
//   handled   handlers of its own for SIGPROF and all real-time signals
//   ignored   SIGPROF is ignored
//   stack     each thread has an alternate signal stack as small as one that works at all
//   waiting   threads in sigwaitinfo and signalfd loops for every signal there is
// `count` says "count OWN FOREIGN": its own signals, and those that were sent by somebody else.
#include <poll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

std::atomic<long> own{0};
std::atomic<long> foreign{0};
std::atomic<long> damaged{0};

void handle(int, siginfo_t* info, void*) {
  // ITIMER_PROF's come from the kernel; timers of somebody else and tgkill are not ours.
  (info->si_code == SI_KERNEL || info->si_code == SI_USER ? own : foreign).fetch_add(1);
}

void handle_with(int number) {
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(number, &action, nullptr);
}

void profile_itself() {
  handle_with(SIGPROF);
  const itimerval period{{0, 10'000}, {0, 10'000}};
  setitimer(ITIMER_PROF, &period, nullptr);
}

sigset_t all_signals() {
  sigset_t set;
  sigfillset(&set);
  return set;
}

// A page with nothing but a pattern lies below the stack: what is written there has overflowed it.
void use_small_stack() {
  constexpr size_t kPage = 4096;
  const auto size = std::max<size_t>(static_cast<size_t>(sysconf(_SC_MINSIGSTKSZ)) + 2048, 8192);
  void* memory =
      mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  auto* below = static_cast<unsigned char*>(memory);
  std::memset(below, 0x5a, kPage);
  const stack_t stack{below + kPage, 0, size};
  if (sigaltstack(&stack, nullptr) != 0) std::abort();
  std::thread([below] {
    for (;; usleep(1000)) {
      for (size_t i = 0; i < kPage; ++i) damaged.fetch_add(below[i] != 0x5a);
    }
  }).detach();
}

void note(int number) { (number == SIGUSR1 ? own : foreign).fetch_add(1); }

void work_a_little() {
  for (volatile int turns = 0; turns < 2'000'000;) turns = turns + 1;
}

void wait_by_sigwait() {
  const sigset_t all = all_signals();
  siginfo_t info;
  for (;;) {
    if (sigwaitinfo(&all, &info) > 0) note(info.si_signo);
    work_a_little();
  }
}

void wait_by_signalfd() {
  const sigset_t all = all_signals();
  const int fd = signalfd(-1, &all, 0);
  signalfd_siginfo info;
  for (;;) {
    if (read(fd, &info, sizeof info) == sizeof info) note(static_cast<int>(info.ssi_signo));
    work_a_little();
  }
}

void reset_all() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < end) {
    for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  }
}

std::string take() {
  struct sigaction before {};
  sigaction(SIGPROF, nullptr, &before);
  profile_itself();
  return before.sa_handler == SIG_DFL ? "default" : "somebody";
}

}  // namespace

[[gnu::noinline]] void burn_here() {
  for (volatile int turns = 0; turns < 10'000;) turns = turns + 1;
}

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const sigset_t all = all_signals();
  if (mode == "profiler") profile_itself();
  if (mode == "ignored") signal(SIGPROF, SIG_IGN);
  if (mode == "handled") handle_with(SIGPROF);
  for (int number = SIGRTMIN; mode == "handled" && number <= SIGRTMAX; ++number)
    handle_with(number);
  if (mode == "blocked" || mode == "waiting") pthread_sigmask(SIG_BLOCK, &all, nullptr);
  if (mode == "waiting") {
    std::thread(wait_by_sigwait).detach();
    std::thread(wait_by_signalfd).detach();
    std::thread([] {
      for (;; usleep(100'000)) kill(getpid(), SIGUSR1);
    }).detach();
  }
  std::thread([&mode] {
    if (mode == "stack") use_small_stack();
    for (;;) burn_here();
  }).detach();
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command == "count") {
      victim::say("count " + std::to_string(own.load()) + " " + std::to_string(foreign.load()));
    } else if (command == "damage") {
      victim::say("damage " + std::to_string(damaged.load()));
    } else if (command == "take") {
      victim::say("take " + take());
    } else {
      if (command == "reset") reset_all();
      victim::say(command);
    }
  }
}
