// spawn RUNS [ENVIRONMENT...] -- PROGRAM [ARGUMENT...]: how long a program takes from posix_spawn
// to its end, in us. Each ENVIRONMENT is a comma-separated list of NAME=VALUE ("" is bare); they
// are run in turn, RUNS times each. Prints one line an environment: its times, in the order of the
// runs.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

double now_us() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

struct Environment {
  std::vector<std::string> own;
  std::vector<char*> all;
  std::vector<double> times;
};

void split(const char* list, Environment& environment) {
  for (const char* at = list; *at != 0;) {
    const size_t length = strcspn(at, ",");
    environment.own.emplace_back(at, length);
    at += length + (at[length] == ',');
  }
}

double run_once(char** command, Environment& environment) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const double start = now_us();
  if (posix_spawnp(&pid, command[0], &files, nullptr, command, environment.all.data()) != 0)
    exit(1);
  int status = 0;
  waitpid(pid, &status, 0);
  const double took = now_us() - start;
  posix_spawn_file_actions_destroy(&files);
  if (status != 0) exit(1);
  return took;
}

}  // namespace

int main(int argc, char** argv) {
  int at = 2;
  std::vector<Environment> environments;
  for (; at < argc && strcmp(argv[at], "--") != 0; ++at)
    split(argv[at], environments.emplace_back());
  if (environments.empty() || at + 1 >= argc) return 2;
  for (Environment& environment : environments) {
    for (char** variable = environ; *variable != nullptr; ++variable) {
      environment.all.push_back(*variable);
    }
    for (std::string& variable : environment.own) environment.all.push_back(variable.data());
    environment.all.push_back(nullptr);
  }
  const long runs = atol(argv[1]);
  // Every other round in reverse: what ran just before leaves traces in the machine.
  const size_t count = environments.size();
  for (long run = 0; run < runs; ++run) {
    for (size_t i = 0; i < count; ++i) {
      Environment& environment = environments[run % 2 == 0 ? i : count - 1 - i];
      environment.times.push_back(run_once(argv + at + 1, environment));
    }
  }
  for (const Environment& environment : environments) {
    for (const double time : environment.times) printf("%.1f ", time);
    printf("\n");
  }
}
