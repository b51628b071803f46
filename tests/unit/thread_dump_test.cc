// Stacks of other threads of this very process: parked ones passively, running ones by signal.
#include "capture/thread_dump.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "capture/mappings.h"
#include "capture/signal_permit.h"
#include "capture/tasks.h"
#include "platform/libc.h"

namespace holmes {
namespace {

int g_pipe[2];
std::atomic<int> g_interrupted{0};
std::atomic<bool> g_stop{false};

// Marks where a function's code ends, so that an address can be told to lie in it.
struct Range {
  uintptr_t begin, end;
  bool has(uintptr_t pc) const { return pc >= begin && pc < end; }
};

[[gnu::noinline]] void wait_in_read() {
  char byte;
  if (read(g_pipe[0], &byte, 1) < 0) ++g_interrupted;
  asm volatile("");
}
[[gnu::noinline]] void wait_in_poll() {
  pollfd entry{g_pipe[0], POLLIN, 0};
  if (poll(&entry, 1, -1) < 0) ++g_interrupted;
  asm volatile("");
}
[[gnu::noinline, gnu::optimize("no-omit-frame-pointer")]] void wait_with_frame_pointer(
    size_t bytes) {
  auto* memory = static_cast<volatile char*>(__builtin_alloca(bytes));
  memory[0] = 1;
  wait_in_poll();
  memory[1] = 2;
}
// Aligned beyond what the ABI promises, so found through a copy of its caller's stack pointer;
// called through a pointer, over what deeper calls left on the stack.
[[gnu::noinline]] void wait_realigned(void (*wait)()) {
  [[maybe_unused]] alignas(64) volatile char block[128];
  block[0] = 1;
  wait();
  block[1] = 2;
}
[[gnu::noinline, gnu::optimize("no-omit-frame-pointer")]] void wait_indirectly(
    void (*wait)(void (*)())) {
  auto* memory = static_cast<volatile char*>(__builtin_alloca(300));
  memory[0] = 1;
  wait(wait_in_poll);
  memory[1] = 2;
}
[[gnu::noinline]] void leave_old_frames(int depth) {
  [[maybe_unused]] volatile char padding[64];
  padding[0] = 1;
  if (depth > 0) leave_old_frames(depth - 1);
  padding[1] = 2;
}
[[gnu::noinline]] void interrupt_itself() {
  pthread_kill(pthread_self(), SIGUSR2);
  asm volatile("");
}
[[gnu::noinline]] void spin() {
  volatile uint64_t x = 0;
  while (!g_stop.load(std::memory_order_relaxed)) x = x + 1;
}

bool goes_through(const Profile& profile, const Sample& sample, void (*function)(), size_t length) {
  const auto begin = reinterpret_cast<uintptr_t>(function);
  const Range range{begin, begin + length};
  for (StackId id = sample.stack; id != 0; id = profile.stacks->parent(id)) {
    if (range.has(profile.stacks->pc(id))) return true;
  }
  return false;
}

class ThreadDumpTest : public testing::Test {
 protected:
  void SetUp() override {
    libc::init();
    if (!libc::can_find_modules()) GTEST_SKIP() << "this C library has no _dl_find_object";
    ASSERT_EQ(pipe(g_pipe), 0);
    g_stop = false;
    g_interrupted = 0;
  }
  void TearDown() override {
    g_stop = true;
    // Closing the writing end ends every read and poll.
    close(g_pipe[1]);
    for (std::thread& thread : threads_) thread.join();
    close(g_pipe[0]);
    stacks_.clear();
  }
  template <typename Function>
  int run(Function function) {
    std::atomic<int> tid{0};
    threads_.emplace_back([&tid, function] {
      tid = static_cast<int>(syscall(SYS_gettid));
      function();
    });
    while (tid == 0) std::this_thread::yield();
    return tid;
  }
  void wait_until_asleep(int tid) {
    std::string text;
    for (;;) {
      char buffer[256] = {};
      FILE* file = fopen(task_path(tid, "syscall").c_str(), "r");
      ASSERT_NE(file, nullptr);
      const size_t size = fread(buffer, 1, sizeof buffer - 1, file);
      fclose(file);
      if (size > 0 && buffer[0] != 'r') return;
      std::this_thread::yield();
    }
  }
  const Sample* dump_and_find(int tid) {
    EXPECT_TRUE(dump_threads(arena_, stacks_, map_, dump_));
    for (const Sample& sample : dump_.profile.samples.array()) {
      if (dump_.profile.threads[static_cast<size_t>(sample.thread)].tid == tid) return &sample;
    }
    return nullptr;
  }

  Arena arena_;
  StackTable stacks_;
  LazyMemoryMap map_{arena_};
  ThreadDump dump_;
  std::vector<std::thread> threads_;
};

TEST_F(ThreadDumpTest, ReadsAParkedThreadWithoutDisturbingIt) {
  const int tid = run(wait_in_poll);
  wait_until_asleep(tid);
  const Sample* sample = dump_and_find(tid);
  ASSERT_NE(sample, nullptr);
  EXPECT_TRUE(goes_through(dump_.profile, *sample, wait_in_poll, 64));
  const ThreadInfo& info = dump_.profile.threads[static_cast<size_t>(sample->thread)];
  EXPECT_EQ(info.waiting.view(), "poll");
  EXPECT_EQ(info.name.view(), task_name(tid).view());
  EXPECT_GT(dump_.last_sample_ns, 0);
  EXPECT_EQ(info.state.view(), "sleeping");
  EXPECT_EQ(g_interrupted, 0);
}

TEST_F(ThreadDumpTest, FindsTheFramePointerThatTheKernelDoesNotTell) {
  const int tid = run([] { wait_with_frame_pointer(200 + static_cast<size_t>(rand() % 100)); });
  wait_until_asleep(tid);
  const Sample* sample = dump_and_find(tid);
  ASSERT_NE(sample, nullptr);
  EXPECT_TRUE(goes_through(dump_.profile, *sample, wait_in_poll, 64));
  EXPECT_TRUE(goes_through(dump_.profile, *sample,
                           reinterpret_cast<void (*)()>(&wait_with_frame_pointer), 96));
  // … and what called it, down to the thread's start.
  size_t frames = 0;
  for (StackId id = sample->stack; id != 0; id = stacks_.parent(id)) ++frames;
  EXPECT_GE(frames, 6u);
}

TEST_F(ThreadDumpTest, IsNotMisledByWhatEarlierCallsLeftOnTheStack) {
  const int tid = run([] {
    leave_old_frames(20);
    wait_indirectly(wait_realigned);
  });
  wait_until_asleep(tid);
  const Sample* sample = dump_and_find(tid);
  ASSERT_NE(sample, nullptr);
  EXPECT_TRUE(goes_through(dump_.profile, *sample, wait_in_poll, 64));
  EXPECT_TRUE(
      goes_through(dump_.profile, *sample, reinterpret_cast<void (*)()>(&wait_realigned), 160));
  EXPECT_TRUE(
      goes_through(dump_.profile, *sample, reinterpret_cast<void (*)()>(&wait_indirectly), 96));
  EXPECT_FALSE(
      goes_through(dump_.profile, *sample, reinterpret_cast<void (*)()>(&leave_old_frames), 96));
}

TEST_F(ThreadDumpTest, GoesOnBeyondAHandlerThatWaitsOnItsOwnStack) {
  struct sigaction action = {};
  action.sa_handler = [](int) { wait_in_poll(); };
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR2, &action, nullptr);
  static char memory[65536];
  const int tid = run([] {
    stack_t own = {};
    own.ss_sp = memory;
    own.ss_size = sizeof memory;
    sigaltstack(&own, nullptr);
    interrupt_itself();
  });
  wait_until_asleep(tid);
  const Sample* sample = dump_and_find(tid);
  ASSERT_NE(sample, nullptr);
  EXPECT_TRUE(goes_through(dump_.profile, *sample, wait_in_poll, 64));
  EXPECT_TRUE(goes_through(dump_.profile, *sample, interrupt_itself, 64));
}

TEST_F(ThreadDumpTest, AsksARunningThread) {
  const int tid = run(spin);
  const Sample* sample = dump_and_find(tid);
  ASSERT_NE(sample, nullptr);
  EXPECT_TRUE(goes_through(dump_.profile, *sample, spin, 64));
  EXPECT_GE(dump_.asked, 1u);
  EXPECT_LT(dump_.max_pause_ns, 100'000'000);
}

TEST_F(ThreadDumpTest, CountsARunningThreadThatBlocksSignals) {
  const int tid = run([] {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    spin();
  });
  SignalPermit permit(tid, SIGPROF);
  while (permit.look() != SignalPermit::Answer::must_not) std::this_thread::yield();
  const Sample* sample = dump_and_find(tid);
  ASSERT_NE(sample, nullptr);
  EXPECT_EQ(sample->stack, 0u);
  EXPECT_EQ(dump_.silent, 1u);
  EXPECT_EQ(dump_.profile.dropped, 1u);
}

TEST_F(ThreadDumpTest, GivesThreadsAtTheSamePlaceTheSameStack) {
  std::vector<int> tids;
  for (int i = 0; i < 40; ++i) tids.push_back(run(wait_in_read));
  for (const int tid : tids) wait_until_asleep(tid);
  ASSERT_TRUE(dump_threads(arena_, stacks_, map_, dump_));
  std::vector<StackId> seen;
  for (const Sample& sample : dump_.profile.samples.array()) {
    if (goes_through(dump_.profile, sample, wait_in_read, 64)) seen.push_back(sample.stack);
  }
  EXPECT_EQ(seen, std::vector<StackId>(40, seen.empty() ? 0 : seen[0]));
  EXPECT_EQ(g_interrupted, 0);
}

}  // namespace
}  // namespace holmes
