// holder BLOCKS BYTES DEPTH STACKS [PASSING PASSING_BYTES]: holds BLOCKS blocks of BYTES bytes,
// touched, each allocated DEPTH frames deep on the next of STACKS ways down (at most 2 to the
// DEPTH). Before, PASSING blocks of PASSING_BYTES bytes are allocated and freed at once on the same
// ways, untouched.
//
// Says READY, then obeys lines: "touch N" maps and touches N MiB, so that RSS spikes; "threads N"
// starts N threads that wait; "code N" maps N executable ranges. Ends with its input.
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Order {
  size_t bytes;
  bool keep;
};
void* g_last = nullptr;

void descend(unsigned depth, uint64_t way, const Order& order);

[[gnu::noinline]] void left(unsigned depth, uint64_t way, const Order& order) {
  descend(depth - 1, way / 2, order);
  asm volatile("");  // no tail call
}
[[gnu::noinline]] void right(unsigned depth, uint64_t way, const Order& order) {
  descend(depth - 1, way / 2, order);
  asm volatile("");
}

[[gnu::noinline]] void allocate(const Order& order) {
  auto* block = static_cast<void**>(malloc(order.bytes));
  if (block == nullptr) abort();
  if (!order.keep) return free(block);
  memset(block, 1, order.bytes);
  *block = g_last;
  g_last = block;
}

[[gnu::always_inline]] inline void descend(unsigned depth, uint64_t way, const Order& order) {
  if (depth == 0) return allocate(order);
  way % 2 != 0 ? left(depth, way, order) : right(depth, way, order);
}

void allocate_all(uint64_t blocks, const Order& order, unsigned depth, uint64_t stacks) {
  for (uint64_t i = 0; i < blocks; ++i) descend(depth, i % stacks, order);
}

void touch(size_t mib) {
  void* block =
      mmap(nullptr, mib << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block != MAP_FAILED) memset(block, 1, mib << 20);
}

void* wait_for_ever(void*) {
  for (;;) pause();
}

void start_threads(size_t count) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, size_t{64} << 10);
  pthread_t thread;
  for (size_t i = 0; i < count; ++i) {
    if (pthread_create(&thread, &attributes, wait_for_ever, nullptr) != 0) abort();
  }
}

// Every other page is executable, so that the kernel cannot merge them.
void map_code(size_t count) {
  const size_t page = 4096;
  auto* all = static_cast<char*>(
      mmap(nullptr, 2 * count * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (all == MAP_FAILED) abort();
  for (size_t i = 0; i < count; ++i) {
    if (mprotect(all + 2 * i * page, page, PROT_READ | PROT_EXEC) != 0) abort();
  }
}

void obey(const char* line) {
  size_t number = 0;
  if (sscanf(line, "touch %zu", &number) == 1) touch(number);
  if (sscanf(line, "threads %zu", &number) == 1) start_threads(number);
  if (sscanf(line, "code %zu", &number) == 1) map_code(number);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const auto number = [&](int index) {
    return argc > index ? strtoull(argv[index], nullptr, 10) : 0;
  };
  const auto depth = static_cast<unsigned>(number(3));
  allocate_all(number(5), {number(6), false}, depth, number(4));
  allocate_all(number(1), {number(2), true}, depth, number(4));
  puts("READY");
  fflush(stdout);
  char line[64];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    obey(line);
    puts("DONE");
    fflush(stdout);
  }
}
