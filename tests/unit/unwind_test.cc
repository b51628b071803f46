// The unwinder against libunwind, on stacks of this very process.
#include "capture/unwind.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "platform/libc.h"

namespace {

using holmes::unwind;

std::vector<uintptr_t> g_ours;
std::vector<uintptr_t> g_theirs;
bool g_complete;

// libunwind as a referee: loaded privately, so that it takes over nobody's exceptions. Always
// inlined: its own frame would count.
[[gnu::always_inline]] inline int referee(void** buffer, int size) {
  static auto* backtrace = [] {
    void* handle = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    return handle == nullptr
               ? nullptr
               : reinterpret_cast<int (*)(void**, int)>(dlsym(handle, "unw_backtrace"));
  }();
  return backtrace == nullptr ? -1 : backtrace(buffer, size);
}

// Takes both stacks in one frame, so that all but the two first addresses must agree.
[[gnu::noinline]] void take_both() {
  void* buffer[200];
  const int count = referee(buffer, 200);
  g_theirs.clear();
  for (int i = 0; i < count; ++i) g_theirs.push_back(reinterpret_cast<uintptr_t>(buffer[i]) - 1);
  const holmes::Registers registers = HOLMES_CALLER_REGISTERS();
  g_ours.resize(200);
  holmes::StackView view = holmes::own_stack_view(registers.sp, 0, 0);
  const auto result = unwind(registers, false, view, g_ours);
  g_ours.resize(result.frames);
  g_complete = result.complete;
}

// libunwind counts take_both itself; we begin at its caller.
void expect_same_callers() {
  ASSERT_GE(g_theirs.size(), 2u);
  const std::vector<uintptr_t> theirs(g_theirs.begin() + 1, g_theirs.end());
  ASSERT_TRUE(g_complete);
  // libunwind adds nothing beyond _start; both end there.
  ASSERT_EQ(g_ours, theirs);
}

class Unwind : public testing::Test {
 protected:
  void SetUp() override {
    holmes::libc::init();
    if (!holmes::libc::can_find_modules()) GTEST_SKIP() << "this C library has no _dl_find_object";
    void* probe[4];
    if (referee(probe, 4) < 0) GTEST_SKIP() << "libunwind.so.8 is not installed";
  }
};

[[gnu::noinline]] void recurse(int depth) {
  volatile char padding[40] = {};
  (void)padding;
  if (depth == 0) {
    take_both();
  } else {
    recurse(depth - 1);
  }
  asm volatile("");  // no tail call
}

TEST_F(Unwind, AgreesOnPlainFunctions) {
  recurse(50);
  expect_same_callers();
}

[[gnu::noinline, gnu::optimize("no-omit-frame-pointer")]] void with_alloca(size_t bytes) {
  auto* memory = static_cast<volatile char*>(__builtin_alloca(bytes));
  memory[0] = 1;
  recurse(3);
  asm volatile("");
}

TEST_F(Unwind, AgreesOnFramesOfVariableSize) {
  with_alloca(static_cast<size_t>(rand() % 500) + 100);
  expect_same_callers();
}

[[gnu::noinline]] void realigned() {
  alignas(64) volatile char block[128] = {};
  block[0] = 1;
  recurse(2);
  asm volatile("" ::"m"(block));
}

TEST_F(Unwind, AgreesOnRealignedStacks) {
  realigned();
  expect_same_callers();
}

int compare_and_take(const void* a, const void* b) {
  take_both();
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

TEST_F(Unwind, AgreesThroughTheCLibrary) {
  int values[3] = {3, 1, 2};
  qsort(values, 3, sizeof values[0], compare_and_take);
  expect_same_callers();
}

void on_signal(int) { take_both(); }

TEST_F(Unwind, AgreesThroughASignalHandler) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
  signal(SIGUSR1, SIG_DFL);
  // libunwind gives the interrupted PC less one, too: it was cut by `- 1` above. Ours is exact.
  const std::vector<uintptr_t> theirs(g_theirs.begin() + 1, g_theirs.end());
  ASSERT_TRUE(g_complete);
  ASSERT_EQ(g_ours.size(), theirs.size());
  size_t different = 0;
  for (size_t i = 0; i < theirs.size(); ++i) {
    if (g_ours[i] == theirs[i]) continue;
    ++different;
    EXPECT_EQ(g_ours[i], theirs[i] + 1);
  }
  EXPECT_EQ(different, 1u);
}

TEST_F(Unwind, ComesBackFromAnAlternateStack) {
  static char memory[65536];
  stack_t alternate = {};
  alternate.ss_sp = memory;
  alternate.ss_size = sizeof memory;
  sigaltstack(&alternate, nullptr);
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
  signal(SIGUSR1, SIG_DFL);
  alternate.ss_flags = SS_DISABLE;
  sigaltstack(&alternate, nullptr);
  EXPECT_TRUE(g_complete);
  EXPECT_EQ(g_ours.size() + 1, g_theirs.size());
}

TEST_F(Unwind, StopsAtTheEndOfAStackThatIsCutShort) {
  const holmes::Registers registers = HOLMES_CALLER_REGISTERS();
  uintptr_t out[64];
  holmes::StackView view{registers.sp, registers.sp + 32, 0, false};
  const auto result = unwind(registers, false, view, out);
  EXPECT_FALSE(result.complete);
  EXPECT_LT(result.frames, 4u);
}

// Frames of every kind, walked with nothing in the cache and again with all of it there.
TEST_F(Unwind, IsTheSameColdAndWarm) {
  const auto walk = [] {
    with_alloca(300);
    return g_ours;
  };
  holmes::forget_modules();
  const std::vector<uintptr_t> cold = walk();
  const std::vector<uintptr_t> warm = walk();
  ASSERT_EQ(cold.size(), warm.size());
  size_t different = 0;
  for (size_t i = 0; i < cold.size(); ++i) different += cold[i] != warm[i];
  EXPECT_LE(different, 1u);  // this function has called from two places
}

// The last address for which there is room, whichever path has taken it.
TEST_F(Unwind, FillsTheRoomThatItIsGiven) {
  recurse(20);
  const std::vector<uintptr_t> whole = g_ours;
  const holmes::Registers registers = HOLMES_CALLER_REGISTERS();
  for (size_t room = 0; room < 4; ++room) {
    uintptr_t out[4] = {1, 1, 1, 1};
    holmes::StackView view = holmes::own_stack_view(registers.sp, 0, 0);
    const auto result = unwind(registers, false, view, std::span(out, room));
    EXPECT_EQ(result.frames, room);
    for (size_t i = room; i < 4; ++i) EXPECT_EQ(out[i], 1u);
  }
}

struct VariableFrame {
  [[gnu::noinline]] static holmes::Registers inner() { return HOLMES_CALLER_REGISTERS(); }
  [[gnu::noinline, gnu::optimize("no-omit-frame-pointer")]] static holmes::Registers here(
      size_t bytes) {
    auto* memory = static_cast<volatile char*>(__builtin_alloca(bytes));
    memory[0] = 1;
    return inner();
  }
};

// The stack pointer lies on the stack, what the frame pointer says does not: nothing is read there.
TEST_F(Unwind, DoesNotFollowAFramePointerThatLeavesTheStack) {
  const holmes::Registers inside = VariableFrame::here(100);
  uint64_t stack[16] = {};
  const auto low = reinterpret_cast<uintptr_t>(stack);
  for (const uintptr_t fp : {uintptr_t{0}, uintptr_t{8}, low - 8, low + sizeof stack,
                             low + sizeof stack - 8, low + 4, ~uintptr_t{7}, ~uintptr_t{0}}) {
    uintptr_t out[8];
    holmes::StackView view{low, low + sizeof stack, 0, false};
    const auto result = unwind({inside.pc, low, fp, true}, false, view, out);
    EXPECT_EQ(result.frames, 1u) << std::hex << fp;
    EXPECT_FALSE(result.complete);
  }
}

TEST_F(Unwind, SurvivesAnyRegisters) {
  // Whatever the registers say, reads stay on the given stack.
  uint64_t stack[64];
  uint64_t state = 88172645463325252u;
  const auto low = reinterpret_cast<uintptr_t>(stack);
  for (int round = 0; round < 20000; ++round) {
    for (uint64_t& word : stack) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      const auto near = reinterpret_cast<uintptr_t>(&recurse);
      word = (state & 3) == 0 ? near + state % 256 : (state & 3) == 1 ? low + state % 512 : state;
    }
    uintptr_t out[64];
    const auto code = reinterpret_cast<uintptr_t>(&qsort) + state % 4096;
    const holmes::Registers registers{code, low + state % 128, low + state % 512, (state & 8) != 0};
    holmes::StackView view{low, low + sizeof stack, 0, false};
    const auto result = unwind(registers, true, view, out);
    ASSERT_LE(result.frames, 64u);
  }
}

}  // namespace
