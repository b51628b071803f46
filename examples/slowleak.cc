// A slow leak: each /leak starts a consumer, sends it three tasks and forgets to close the channel,
// so that the consumer waits for a fourth for ever.
#include <memory>
#include <thread>

#include "channel.h"
#include "service.h"

[[gnu::noinline]] void leak(const httplib::Request&, httplib::Response& response) {
  auto tasks = std::make_shared<Channel<int>>();
  std::thread([tasks]() __attribute__((noinline)) {
    while (tasks->receive()) {
    }
  }).detach();
  for (int task = 0; task < 3; ++task) tasks->send(task);
  response.set_content("three tasks done\n", "text/plain");
  // tasks->close() is what is missing here.
}

int main(int argc, char** argv) {
  return service::run(argc, argv, [](httplib::Server& server) { server.Get("/leak", leak); });
}
