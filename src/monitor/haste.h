// Haste: the host waits until the threads of holmes have ended, so events end as soon as they can.
//
// A CPU capture stops early with what it has, a command is killed and its event finished without
// it. Context: begin and end: threads of the host and fork children; the rest: monitor and event
// threads.
#pragma once

#include <cstdint>

namespace holmes::haste {

void begin();
void end();
void forget_after_fork();
bool asked();

// Sleeps until then (CLOCK_MONOTONIC), or until haste is asked.
void sleep_until(int64_t deadline_ns);

}  // namespace holmes::haste
