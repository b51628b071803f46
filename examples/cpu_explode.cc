// A dead loop: each /cpuex starts a thread that never stops computing.
#include <thread>

#include "service.h"

[[gnu::noinline]] void cpuex() {
  for (volatile unsigned long turns = 0;;) {
    turns = turns + 1;
  }
}

int main(int argc, char** argv) {
  return service::run(argc, argv, [](httplib::Server& server) {
    server.Get("/cpuex", [](const httplib::Request&, httplib::Response& response) {
      std::thread(cpuex).detach();
      response.set_content("one more core is busy\n", "text/plain");
    });
  });
}
