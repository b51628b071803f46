// The process steps behind everything else on the machine: the service that was dumped goes first,
// and this one goes first when memory runs out.
#pragma once

namespace holmes::cli {

// Best effort, in order: oom_score_adj 1000, nice 19, SCHED_IDLE, idle disk priority, no core file.
// Cannot be taken back without privileges.
void lower_priority();

}  // namespace holmes::cli
