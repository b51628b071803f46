// The threads of this process as /proc/self/task lists them.
// Context: monitor thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.h"
#include "base/fixed_string.h"

namespace holmes {

// Thread ids without those of holmes itself, in the kernel's order. A list that is cut short by want
// of memory or by an unreadable /proc is empty.
std::span<int> list_tasks(Arena& arena);

// A thread's name; empty once it has gone.
FixedString<16> task_name(int tid);

// Whether thread `tid` blocks `signal` (SigBlk in its status); true when that cannot be known.
bool task_blocks(int tid, int signal);

// "/proc/self/task/<tid>/<file>"
FixedString<64> task_path(int tid, const char* file);

}  // namespace holmes
