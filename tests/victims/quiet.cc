// Does nothing but echo: what holmes costs an idle program. `single` prints "single 1" while glibc
// still takes its paths for a single-threaded process.
#include <sys/single_threaded.h>

#include "victim.h"

int main() {
  victim::say("READY");
  for (;;) {
    const std::string command = victim::next_command();
    victim::say(command == "single" ? command + (__libc_single_threaded ? " 1" : " 0") : command);
  }
}
