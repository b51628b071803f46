// A deadlock: /lockorder1 and /lockorder2 take two locks in opposite order, and every /req after
// them waits for ever for the first lock.
#include <latch>
#include <mutex>

#include "service.h"

namespace {

std::mutex first;
std::mutex second;
std::latch both_hold_one{2};  // makes the deadlock certain, however far apart the requests come

}  // namespace

[[gnu::noinline]] void lockorder1(const httplib::Request&, httplib::Response& response) {
  std::lock_guard outer(first);
  both_hold_one.arrive_and_wait();
  std::lock_guard inner(second);
  response.set_content("lockorder1\n", "text/plain");
}

[[gnu::noinline]] void lockorder2(const httplib::Request&, httplib::Response& response) {
  std::lock_guard outer(second);
  both_hold_one.arrive_and_wait();
  std::lock_guard inner(first);
  response.set_content("lockorder2\n", "text/plain");
}

[[gnu::noinline]] void req(const httplib::Request&, httplib::Response& response) {
  std::lock_guard lock(first);
  response.set_content("req\n", "text/plain");
}

int main(int argc, char** argv) {
  return service::run(argc, argv, [](httplib::Server& server) {
    server.Get("/lockorder1", lockorder1);
    server.Get("/lockorder2", lockorder2);
    server.Get("/req", req);
  });
}
