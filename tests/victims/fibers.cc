// fibers MIB_KEPT: sixty-four fibers on stacks of 16 KiB from mmap switch in a ring, each
// allocating and burning in fiber_work between two switches; the allocations of fiber_keeps stay.
// Says its laps on `laps`.
#include <poll.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

constexpr int kFibers = 64;
constexpr size_t kStack = 16384;
ucontext_t main_context;
ucontext_t fibers[kFibers];
long laps = 0;
std::vector<char*> kept;

bool input_waits() {
  pollfd input{0, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

}  // namespace

[[gnu::noinline]] char* fiber_keeps(size_t size) {
  auto* block = static_cast<char*>(std::malloc(size));
  std::memset(block, 1, size);
  return block;
}

[[gnu::noinline]] void fiber_work(int number, size_t keep) {
  for (;;) {
    for (volatile int turns = 0; turns < 20'000;) turns = turns + 1;
    if (kept.size() < keep) kept.push_back(fiber_keeps(1 << 20));
    std::free(fiber_keeps(30'000));
    if (number == kFibers - 1) laps += 1;
    if (number == 0 && input_waits()) swapcontext(&fibers[0], &main_context);
    swapcontext(&fibers[number], &fibers[(number + 1) % kFibers]);
  }
}

namespace {

size_t keep_count = 0;
void start_fiber(int number) { fiber_work(number, keep_count); }

}  // namespace

int main(int argc, char** argv) {
  keep_count = static_cast<size_t>(victim::number_argument(argc, argv, 1, 100));
  std::thread([] {
    for (;;) pause();
  }).detach();
  for (int i = 0; i < kFibers; ++i) {
    getcontext(&fibers[i]);
    void* stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fibers[i].uc_stack = {stack, 0, kStack};
    makecontext(&fibers[i], reinterpret_cast<void (*)()>(start_fiber), 1, i);
  }
  victim::say("READY");
  for (;;) {
    swapcontext(&main_context, &fibers[0]);
    const std::string command = victim::next_command();
    victim::say(command == "laps" ? "laps " + std::to_string(laps) : command);
  }
}
