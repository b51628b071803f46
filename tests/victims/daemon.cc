// daemon FOLDER: forks twice, starts a session, closes every descriptor there is, then opens files
// of its own on the freed numbers, writes one line into each over and over and checks what it reads
// back. FOLDER/pid holds the daemon's pid; FOLDER/bad appears when a descriptor was not its own.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "victim.h"

namespace {

bool still_own(int fd, const struct stat& as_opened, int number) {
  struct stat now {};
  const std::string line = std::to_string(number) + "\n";
  char read_back[32] = "";
  return fstat(fd, &now) == 0 && now.st_ino == as_opened.st_ino &&
         pwrite(fd, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()) &&
         pread(fd, read_back, sizeof read_back, 0) == static_cast<ssize_t>(line.size()) &&
         std::memcmp(read_back, line.data(), line.size()) == 0;
}

[[noreturn]] void serve(const std::string& folder) {
  for (int fd = 0; fd < 65536; ++fd) close(fd);
  std::ofstream(folder + "/pid.part") << getpid() << '\n';
  std::rename((folder + "/pid.part").c_str(), (folder + "/pid").c_str());
  for (int i = 0; i < 10; ++i)
    std::thread([] {
      for (;;) pause();
    }).detach();
  struct stat opened[40];
  for (int i = 0; i < 40; ++i) {
    const std::string path = folder + "/file" + std::to_string(i);
    // The lowest number that is free: 0, 1, 2, …
    if (open(path.c_str(), O_RDWR | O_CREAT, 0600) != i || fstat(i, &opened[i]) != 0) {
      std::ofstream(folder + "/bad") << "descriptor " << i << " was taken\n";
    }
  }
  for (int number = 0;; ++number) {
    for (int i = 0; i < 40; ++i) {
      if (!still_own(i, opened[i], number))
        std::ofstream(folder + "/bad") << "descriptor " << i << '\n';
    }
    // Others come and go at once: nobody else may get their numbers.
    if (const int fd = open("/dev/null", O_RDONLY); fd != 40 || close(fd) != 0) {
      std::ofstream(folder + "/bad") << "number " << fd << " instead of 40\n";
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (fork() != 0) _exit(0);
  setsid();
  if (fork() != 0) _exit(0);
  serve(argv[1]);
}
