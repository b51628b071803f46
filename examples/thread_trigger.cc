// A blocked C library: /leak starts 1000 threads that all wait inside a C function.
#include <thread>

#include "output.h"
#include "service.h"

[[gnu::noinline]] void leak(const httplib::Request&, httplib::Response& response) {
  for (int i = 0; i < 1000; ++i) std::thread(output, "hello from a C library").detach();
  response.set_content("started 1000 threads\n", "text/plain");
}

int main(int argc, char** argv) {
  return service::run(argc, argv, [](httplib::Server& server) { server.Get("/leak", leak); });
}
