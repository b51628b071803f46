// RSS in steps: `grow N` keeps N MiB more in grow_here, in blocks of 1 MiB; `drop` frees all.
// Built once for each allocator that the adapters know.
#include <cstring>
#include <memory>
#include <vector>

#include "victim.h"

namespace {
constexpr size_t kBlock = size_t{1} << 20;
std::vector<std::unique_ptr<char[]>> held;
}  // namespace

[[gnu::noinline]] void grow_here(long mebibytes) {
  for (long i = 0; i < mebibytes; ++i) {
    held.emplace_back(new char[kBlock]);
    std::memset(held.back().get(), 1, kBlock);
  }
}

int main(int argc, char** argv) {
  grow_here(victim::number_argument(argc, argv, 1, 0));
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    if (command.starts_with("grow ")) grow_here(std::atol(command.c_str() + 5));
    if (command == "drop") held.clear();
    victim::say(command);
  }
}
