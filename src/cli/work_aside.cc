#include "cli/work_aside.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <span>
#include <string_view>

#include "base/file.h"
#include "cli/low_priority.h"

namespace holmes::cli {

namespace {

std::string_view bytes_of(const size_t& size) {
  return {reinterpret_cast<const char*>(&size), sizeof size};
}

bool send(int fd, const Texts& texts) {
  for (const std::string& text : texts) {
    const size_t size = text.size();
    if (write_all(fd, bytes_of(size)) != 0 || write_all(fd, text) != 0) return false;
  }
  return true;
}

// The whole of it or nothing.
bool read_to(int fd, std::span<char> buffer) {
  return read_some(fd, buffer) == static_cast<long>(buffer.size());
}

Texts receive(int fd) {
  Texts texts;
  size_t size = 0;
  lseek(fd, 0, SEEK_SET);
  while (read_to(fd, {reinterpret_cast<char*>(&size), sizeof size})) {
    texts.emplace_back(size, '\0');
    if (!read_to(fd, texts.back())) return {};
  }
  return texts;
}

using Work = std::function<Texts()>;

bool become_idle() {
  const sched_param none = {};
  return sched_setscheduler(0, SCHED_IDLE, &none) == 0;
}

bool leave_session() {
  step_back_later();
  return setsid() > 0;
}

[[noreturn]] void work_as_child(const Work& work, bool (*prepare)(), int fd, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent || !prepare()) _exit(1);
  try {
    _exit(send(fd, work()) ? 0 : 1);
  } catch (const std::exception&) {
    _exit(1);  // the caller will meet the same, and say so
  }
}

// Waits for the child until then, and ends it. `lifeline`: a pipe that only the child can still
// write to: its end is seen on every kernel, and in containers that refuse pidfd_open.
bool has_succeeded(pid_t child, const UniqueFd& lifeline, std::chrono::milliseconds patience) {
  pollfd end = {lifeline.get(), POLLIN, 0};
  poll(&end, 1, static_cast<int>(patience.count()));
  kill(child, SIGKILL);  // no effect on one that has ended
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::optional<Texts> in_child(const Work& work, bool (*prepare)(),
                              std::chrono::milliseconds patience) {
  const UniqueFd results(memfd_create("named profiles", MFD_CLOEXEC));
  int ends[2];
  if (!results.valid() || pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  const UniqueFd lifeline(ends[0]);
  UniqueFd held(ends[1]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) work_as_child(work, prepare, results.get(), parent);
  held.reset();
  if (!has_succeeded(child, lifeline, patience)) return std::nullopt;
  return receive(results.get());
}

}  // namespace

std::optional<Texts> in_idle_time(const Work& work, std::chrono::milliseconds patience) {
  return in_child(work, become_idle, patience);
}

std::optional<Texts> in_own_session(const Work& work, std::chrono::milliseconds patience) {
  return in_child(work, leave_session, patience);
}

}  // namespace holmes::cli
