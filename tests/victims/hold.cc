// Holds 300 MiB in blocks of 1 MiB (hold_big) and 100 MiB in blocks of 64 bytes (hold_small).
#include <cstddef>
#include <cstring>

#include "victim.h"

namespace {

struct Link {
  Link* next;
};
Link* volatile big = nullptr;
Link* volatile small = nullptr;

void keep(Link* volatile& head, Link* block) {
  block->next = head;
  head = block;
}

}  // namespace

[[gnu::noinline]] void hold_big(size_t bytes, size_t block_size) {
  for (size_t held = 0; held < bytes; held += block_size) {
    auto* block = static_cast<Link*>(std::malloc(block_size));
    std::memset(block, 1, block_size);
    keep(big, block);
  }
}

[[gnu::noinline]] void hold_small(size_t bytes, size_t block_size) {
  for (size_t held = 0; held < bytes; held += block_size) {
    keep(small, static_cast<Link*>(std::malloc(block_size)));
  }
}

int main() {
  hold_small(size_t{100} << 20, 64);
  hold_big(size_t{300} << 20, size_t{1} << 20);
  victim::ready_and_wait();
}
