// The threads of this process as /proc/self/task lists them.
// Context: monitor thread.
#pragma once

#include <time.h>

#include <cstdint>
#include <span>

#include "base/arena.h"
#include "base/file.h"
#include "base/fixed_string.h"

namespace holmes {

// Thread ids without those of holmes itself, in the kernel's order. A list that is cut short by
// want of memory or by an unreadable /proc is empty.
std::span<int> list_tasks(Arena& arena);

// A thread's name; empty once it has gone.
FixedString<16> task_name(int tid);

// The CPU clock of one thread, for any thread of the process to use: man 3 clock_getcpuclockid.
clockid_t task_cpu_clock(int tid);
// What it shows; negative once the thread has gone.
int64_t task_cpu_ns(int tid);

// The folder /proc/self/task, kept open while many of its files are read: their paths are short
// then.
class TaskFolder {
 public:
  TaskFolder();
  UniqueFd open(int tid, const char* file) const;
  long read(int tid, const char* file, std::span<char> buffer) const;  // the bytes read or -errno

 private:
  UniqueFd fd_;
};

// The whole of a small file of /proc, in one call: they are made at the first read.
long read_proc_file(const UniqueFd& fd, std::span<char> buffer);

// "/proc/self/task/<tid>/<file>"
FixedString<64> task_path(int tid, const char* file);

}  // namespace holmes
