// A blocked queue: /chanblock sends into a channel that nobody receives from.
#include "channel.h"
#include "service.h"

[[gnu::noinline]] void channel_block(const httplib::Request&, httplib::Response& response) {
  Channel<int> nobody_receives;
  nobody_receives.send(1);
  response.set_content("sent\n", "text/plain");
}

int main(int argc, char** argv) {
  return service::run(argc, argv,
                      [](httplib::Server& server) { server.Get("/chanblock", channel_block); });
}
