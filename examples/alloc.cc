// Business logic that needs much memory: each /alloc builds 4 MiB in blocks of 1 MiB, works on them
// for a fifth of a second and frees them.
#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "service.h"

namespace {

constexpr size_t kBlock = size_t{1} << 20;
using Blocks = std::array<std::unique_ptr<char[]>, 4>;

}  // namespace

[[gnu::noinline]] void alloc(Blocks& blocks) {
  for (auto& block : blocks) {
    block.reset(new char[kBlock]);
    std::memset(block.get(), 1, kBlock);
  }
}

int main(int argc, char** argv) {
  return service::run(argc, argv, [](httplib::Server& server) {
    server.Get("/alloc", [](const httplib::Request&, httplib::Response& response) {
      Blocks blocks;
      alloc(blocks);
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      response.set_content("allocated 4 MiB for a while\n", "text/plain");
    });
  });
}
