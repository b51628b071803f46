// Time by raw system calls. Context: any.
#pragma once

#include <time.h>

#include <cstdint>

namespace holmes {

int64_t monotonic_ns();
int64_t realtime_ns();  // UTC since the epoch
inline int64_t realtime_us() { return realtime_ns() / 1000; }
int64_t thread_cpu_ns();  // of the calling thread
timespec to_timespec(int64_t ns);

}  // namespace holmes
