// One huge block: /make1gb allocates 1 GiB and keeps it, /make1gb?free=1 frees it at once.
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "service.h"

namespace {

constexpr size_t kSize = size_t{1} << 30;
std::mutex kept_mutex;
std::vector<std::unique_ptr<char[]>> kept;

}  // namespace

// Touches every page: memory that nobody wrote to is not in RSS.
[[gnu::noinline]] char* make1gb() {
  char* block = new char[kSize];
  std::memset(block, 1, kSize);
  return block;
}

[[gnu::noinline]] void answer(const httplib::Request& request, httplib::Response& response) {
  if (request.has_param("free")) {
    delete[] make1gb();
    response.set_content("made 1 GiB and freed it\n", "text/plain");
    return;
  }
  std::unique_ptr<char[]> block(make1gb());
  std::lock_guard lock(kept_mutex);
  kept.push_back(std::move(block));
  response.set_content("made 1 GiB\n", "text/plain");
}

int main(int argc, char** argv) {
  return service::run(argc, argv, [](httplib::Server& server) { server.Get("/make1gb", answer); });
}
