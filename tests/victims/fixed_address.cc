// Linked at a fixed address, with the addresses of malloc and free taken: the linker then makes
// them places in the program itself. `grow N` keeps N MiB more in grow_here, by turns through those
// addresses and by operator new.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "victim.h"

namespace {
constexpr size_t kBlock = size_t{1} << 20;
std::vector<void*> held;
void* (*volatile allocate)(size_t);
void (*volatile release)(void*);
}  // namespace

[[gnu::noinline]] void grow_here(long mebibytes) {
  for (long i = 0; i < mebibytes; ++i) {
    held.push_back(i % 2 == 0 ? allocate(kBlock) : ::operator new(kBlock));
    std::memset(held.back(), 1, kBlock);
  }
}

int main() {
  allocate = malloc;
  release = free;
  release(allocate(1));
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command.starts_with("grow ")) grow_here(std::atol(command.c_str() + 5));
    victim::say(command);
  }
}
