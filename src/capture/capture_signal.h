// The one signal that captures use, and who gets it.
//
// SIGPROF where the host leaves it alone, otherwise the highest real-time signal that it leaves
// alone. Once ours, a handler stays installed: a late signal after a return to SIG_DFL would end
// the host. When the host wants the number for itself, it gets it, and captures move on to another.
#pragma once

#include <signal.h>

#include "platform/registers.h"

namespace holmes {

// From now on SIGPROF is another profiler's. Context: constructor.
void leave_sigprof_alone();

// The number to send now, its handler in place; 0 when the host uses all of them. One that is not 0
// is in use until release_capture_signal(), which comes after the last signal was sent. Context:
// monitor thread.
int acquire_capture_signal();
void release_capture_signal();

class CaptureSignal {
 public:
  explicit CaptureSignal(bool wanted) : number_(wanted ? acquire_capture_signal() : 0) {}
  ~CaptureSignal() {
    if (number_ != 0) release_capture_signal();
  }
  CaptureSignal(const CaptureSignal&) = delete;
  CaptureSignal& operator=(const CaptureSignal&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// For the host's own sigaction(). Is the handler of `number` ours, in this process?
// Context: threads of the host, signal handler.
bool is_capture_signal(int number);
// No capture starts to use this number any more; one that is at work may still.
void give_up_capture_signal(int number);
bool capture_signal_in_use();
// Throws away what was sent and has not been delivered, and our handler.
void discard_capture_signal(int number);

// Context: fork child.
void capture_signal_after_fork();

// The two receivers. Both run in the handler on the interrupted thread: no lock, no allocation.
// Context: signal handler.
void on_cpu_timer(const siginfo_t& info, const Registers& interrupted);
void on_stack_request(const Registers& interrupted);

}  // namespace holmes
