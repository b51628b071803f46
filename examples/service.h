// What the example services share: a small HTTP server on 127.0.0.1 and its command line.
//
// Owns the way connections become threads: one std::thread for each, closed after one answer, so
// that the number of threads says how many requests are in flight. `--port N`, 10003 without it;
// `/ping` answers, `/quit` ends the process even while handlers are blocked for ever.
#pragma once

#include <httplib.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>

namespace service {

inline thread_local bool quit_is_answered = false;

class ThreadPerConnection : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> task) override {
    std::thread([task = std::move(task)] {
      task();
      if (quit_is_answered) std::quick_exit(0);
    }).detach();
  }
  void shutdown() override {}  // blocked handlers would never be joined
};

class Server : public httplib::Server {
 public:
  // The library listens with a backlog of five: of a hundred clients at once most would wait for
  // TCP to try again.
  void widen_backlog() { ::listen(svr_sock_, SOMAXCONN); }
};

[[noreturn]] inline void wrong_usage(const char* program, const char* problem) {
  std::fprintf(stderr, "%s: %s\nusage: %s [--port N]\n", program, problem, program);
  std::exit(2);
}

inline int parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && port > 0 && port < 65536 ? port : 0;
}

inline int port_from(int argc, char** argv) {
  if (argc == 1) return 10003;
  if (argc != 3 || std::strcmp(argv[1], "--port") != 0) wrong_usage(argv[0], "wrong arguments");
  const int port = parse_port(argv[2]);
  if (port == 0) wrong_usage(argv[0], "--port wants a number from 1 to 65535");
  return port;
}

inline void configure(httplib::Server& server) {
  server.new_task_queue = [] { return new ThreadPerConnection; };
  server.set_keep_alive_max_count(1);
  // The library's default, SO_REUSEPORT, would let two services share a port in silence.
  server.set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  server.Get("/ping", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("pong\n", "text/plain");
  });
  server.Get("/quit", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("bye\n", "text/plain");
    quit_is_answered = true;
  });
}

// Serves until /quit. `add_routes` adds the program's own.
inline int run(int argc, char** argv, void (*add_routes)(httplib::Server&)) {
  const int port = port_from(argc, argv);
  auto& server = *new Server;  // never destroyed: detached threads use it to the end
  configure(server);
  add_routes(server);
  if (!server.bind_to_port("127.0.0.1", port)) {
    std::fprintf(stderr, "%s: cannot listen on port %d\n", argv[0], port);
    return 1;
  }
  server.widen_backlog();
  std::printf("listening on %d\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}

}  // namespace service
