#include "capture/signal_permit.h"

#include <sys/syscall.h>
#include <time.h>

#include <string_view>

#include "base/clock.h"
#include "base/slice.h"
#include "base/text.h"
#include "capture/tasks.h"
#include "platform/seccomp.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr uint32_t kRunsInARow = 3;
// Of CPU time between two looks: far more than the way into or out of a system call.
constexpr int64_t kComputing = 25'000;
// Of CPU time between two looks: far more than a handler takes.
constexpr int64_t kBeyondHandlers = 200'000;

// What /proc/self/task/T/syscall says; empty once the thread has gone.
struct CallText {
  char buffer[256];
  size_t size = 0;
  explicit CallText(int tid) {
    const long bytes = read_file(task_path(tid, "syscall").c_str(), buffer);
    if (bytes > 0) size = static_cast<size_t>(bytes);
  }
  std::string_view view() const { return {buffer, size}; }
  bool is_running() const { return view().starts_with("running"); }
  // In the kernel, but in no call: a page is fetched for it, perhaps for a handler.
  bool is_outside_of_calls() const { return view().starts_with("-1 "); }
  bool is_sigwait() const {
    TextBuffer<16> number;
    number.num(SYS_rt_sigtimedwait).put(' ');
    return view().starts_with(number.view());
  }
};

// The number behind `key` in a status file.
bool find_field(std::string_view text, std::string_view key, unsigned base, uint64_t& value) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return false;
  value = 0;
  for (const char c : after(text, at + key.size())) {
    const auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (c < '0' || digit >= base) break;
    value = value * base + digit;
  }
  return true;
}

bool is_traced_or_filtered(std::string_view status) {
  return status.find("\nTracerPid:\t0\n") == std::string_view::npos || shows_new_filter(status);
}

// True when it cannot be known.
bool is_closed(std::string_view status, int signal) {
  uint64_t mask = 0;
  if (!find_field(status, "\nSigBlk:\t", 16, mask)) return true;
  return (mask >> (signal - 1) & 1) != 0;
}

}  // namespace

SignalPermit::Answer SignalPermit::look() {
  ++looks_;
  const CallText before(tid_);
  if (before.size == 0 || before.is_sigwait()) return Answer::must_not;
  char buffer[4096];
  const long size = read_file(task_path(tid_, "status").c_str(), buffer);
  if (size <= 0) return Answer::must_not;
  const std::string_view status(buffer, static_cast<size_t>(size));
  if (is_traced_or_filtered(status)) return Answer::must_not;
  const bool closed = is_closed(status, signal_);
  if (before.is_running() || (closed && before.is_outside_of_calls())) {
    Look now;
    now.closed = closed;
    find_field(status, "\nvoluntary_ctxt_switches:\t", 10, now.sleeps);
    now.cpu_ns = task_cpu_ns(tid_);
    return look_at_running(now);
  }
  if (closed) return Answer::must_not;
  // In the same call, at the same place, before and after its mask was read.
  return CallText(tid_).view() == before.view() ? Answer::waits : Answer::unclear;
}

SignalPermit::Answer SignalPermit::look_at_running(const Look& now) {
  was_closed_ = was_closed_ || now.closed;
  const bool slept = !now.closed && now.sleeps != last_.sleeps;
  if (in_a_row_ == 0 || now.closed != last_.closed || slept) {
    in_a_row_ = 1;
  } else if (now.cpu_ns - last_.cpu_ns >= (now.closed ? kBeyondHandlers : kComputing)) {
    ++in_a_row_;
  } else {
    return Answer::unclear;  // still at the place of the last look, perhaps
  }
  last_ = now;
  if (in_a_row_ < kRunsInARow) return Answer::unclear;
  return now.closed ? Answer::must_not : Answer::runs;
}

void pause_between_looks() {
  const timespec pause = to_timespec(50'000);
  sys::call(SYS_nanosleep, &pause, nullptr);
}

}  // namespace holmes
