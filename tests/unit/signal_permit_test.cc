// Which threads may be signalled, as seen from outside: threads of this very process in every
// state.
#include "capture/signal_permit.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/clock.h"

namespace holmes {
namespace {

using Answer = SignalPermit::Answer;

constexpr int kSignal = SIGPROF;

void block_all() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

void compute_until(const std::atomic<bool>& stop) {
  volatile uint64_t x = 0;
  while (!stop.load(std::memory_order_relaxed)) x = x + 1;
}

// A thread, told to end when it is no longer wanted.
class Subject {
 public:
  template <typename Function>
  explicit Subject(Function function)
      : thread_([this, function] {
          tid_ = static_cast<int>(syscall(SYS_gettid));
          function(stop_);
        }) {
    while (tid_ == 0) std::this_thread::yield();
  }
  ~Subject() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  int tid() const { return tid_; }
  pthread_t handle() { return thread_.native_handle(); }
  void join() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<int> tid_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Looks until it is clear, or for a second; the answer, and how often it was not clear.
Answer look_until_clear(int tid, int& unclear) {
  SignalPermit permit(tid, kSignal);
  const int64_t deadline = monotonic_ns() + 1'000'000'000;
  Answer answer = permit.look();
  for (unclear = 0; answer == Answer::unclear && monotonic_ns() < deadline; ++unclear) {
    pause_between_looks();
    answer = permit.look();
  }
  return answer;
}

TEST(SignalPermit, AThreadThatComputesIsBelievedAtTheThirdLook) {
  Subject subject(compute_until);
  int unclear = 0;
  EXPECT_EQ(look_until_clear(subject.tid(), unclear), Answer::runs);
  EXPECT_GE(unclear, 2);
}

TEST(SignalPermit, AThreadThatWaitsInACallIsNotOneThatRuns) {
  Subject subject([](const std::atomic<bool>& stop) {
    while (!stop) poll(nullptr, 0, 20);
  });
  for (;;) {  // it is just on its way into poll(), or back
    int unclear = 0;
    const Answer answer = look_until_clear(subject.tid(), unclear);
    ASSERT_NE(answer, Answer::must_not);
    ASSERT_NE(answer, Answer::runs);
    if (answer == Answer::waits) break;
  }
}

TEST(SignalPermit, AThreadThatBlocksTheSignalMustNotBeSentIt) {
  std::atomic<bool> blocked{false};
  Subject subject([&blocked](const std::atomic<bool>& stop) {
    block_all();
    blocked = true;
    compute_until(stop);
  });
  while (!blocked) std::this_thread::yield();
  int unclear = 0;
  EXPECT_EQ(look_until_clear(subject.tid(), unclear), Answer::must_not);
}

// The mask is closed while a handler is at work, that of another capture for example.
void compute_in_handler(int) {
  const int64_t end = monotonic_ns() + 20'000;
  while (monotonic_ns() < end) {
  }
}

TEST(SignalPermit, AThreadMetInAHandlerIsStillOneThatRuns) {
  struct sigaction action = {};
  action.sa_handler = compute_in_handler;
  struct sigaction before;
  sigaction(kSignal, &action, &before);
  Subject subject(compute_until);
  std::atomic<bool> quiet{false};
  std::thread sender([&] {  // a 50th of its time it is in the handler
    while (!quiet) {
      pthread_kill(subject.handle(), kSignal);
      const int64_t next = monotonic_ns() + 1'000'000;
      while (monotonic_ns() < next) sched_yield();
    }
  });
  for (int i = 0; i < 100; ++i) {
    int unclear = 0;
    EXPECT_NE(look_until_clear(subject.tid(), unclear), Answer::must_not);
  }
  quiet = true;
  sender.join();
  sigaction(kSignal, &before, nullptr);
}

TEST(SignalPermit, AThreadThatHasEndedMustNotBeSentIt) {
  Subject subject(compute_until);
  subject.join();
  EXPECT_EQ(SignalPermit(subject.tid(), kSignal).look(), Answer::must_not);
}

// The mask is open while it waits, and closed while it works: whenever it is looked at, and however
// short its turns are, it is never said to run.
TEST(SignalPermit, AThreadThatTakesTheSignalBySigwaitMustNotBeSentIt) {
  std::atomic<int> foreign{0};
  Subject subject([&foreign](const std::atomic<bool>& stop) {
    block_all();
    sigset_t all;
    sigfillset(&all);
    const timespec longest{0, 1'000'000};
    while (!stop) {
      if (sigtimedwait(&all, nullptr, &longest) == kSignal) ++foreign;
    }
  });
  std::atomic<bool> quiet{false};
  std::thread sender([&] {
    while (!quiet) {
      pthread_kill(subject.handle(), SIGUSR1);
      for (int i = 0; i < 200 && !quiet; ++i) sched_yield();
    }
  });
  const int64_t end = monotonic_ns() + 1'000'000'000;
  int clear = 0;
  while (monotonic_ns() < end) {
    int unclear = 0;
    const Answer answer = look_until_clear(subject.tid(), unclear);
    EXPECT_NE(answer, Answer::runs);
    EXPECT_NE(answer, Answer::waits);
    clear += answer == Answer::must_not;
  }
  quiet = true;
  sender.join();
  EXPECT_GT(clear, 100);
  EXPECT_EQ(foreign, 0);
}

}  // namespace
}  // namespace holmes
