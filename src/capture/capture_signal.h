// The one signal that captures use, and who gets it.
//
// SIGPROF where the host leaves it alone, otherwise the highest real-time signal that it leaves
// alone. Once ours, a handler stays installed: a late signal after a return to SIG_DFL would end the
// host. When the host takes the number for itself, captures move on to another.
#pragma once

#include <signal.h>

#include "platform/registers.h"

namespace holmes {

// From now on SIGPROF is another profiler's. Context: constructor.
void leave_sigprof_alone();

// The number to send now, its handler in place; 0 when the host uses all of them.
// Context: monitor thread.
int acquire_capture_signal();

// The two receivers. Both run in the handler on the interrupted thread: no lock, no allocation.
// Context: signal handler.
void on_cpu_timer(const siginfo_t& info, const Registers& interrupted);
void on_stack_request(const Registers& interrupted);

}  // namespace holmes
