// The process steps behind everything else on the machine: the service that was dumped goes first,
// and this one goes first when memory runs out.
//
// Behind, but not out of the way: the event that is symbolized may be a dead loop on every core. A
// SCHED_IDLE process then gets 0.3% of a core (measured: 0.2 s of work took 58 s) and the names
// that would explain the loop never come; at nice 10 it is 10%, and the same work takes 2 to 3 s.
// So what idle time does not finish (work_aside.h) gets two CPU seconds, enough for almost every
// event, at nice 10, and what is larger falls to 19.
#pragma once

namespace holmes::cli {

// Best effort, in order: oom_score_adj 1000, nice 10 in batches, nice 19 after two seconds of CPU,
// idle disk priority, no core file. Takes SIGPROF and ITIMER_PROF.
void lower_priority();

// The step to nice 19 once more: a child has none of its parent's timers.
void step_back_later();

}  // namespace holmes::cli
