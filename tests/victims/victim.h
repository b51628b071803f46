// What the victims share: they print READY when they are in the state that their arguments ask for,
// then obey lines on standard input, and end with it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace victim {

inline void say(std::string_view text) {
  std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(stdout);
}

// The next command; ends the program where there is none.
inline std::string next_command() {
  std::string line;
  for (int c = std::getchar(); c != '\n'; c = std::getchar()) {
    if (c == EOF) std::exit(0);
    line.push_back(static_cast<char>(c));
  }
  if (line == "quit") std::exit(0);
  return line;
}

// Says READY and waits for `quit` or the end of input; every other line is echoed, which proves
// that the victim still works.
[[noreturn]] inline void ready_and_wait() {
  say("READY");
  for (;;) say(next_command());
}

inline long number_argument(int argc, char** argv, int index, long fallback) {
  return argc > index ? std::atol(argv[index]) : fallback;
}

}  // namespace victim
