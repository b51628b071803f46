// Memory of this process, copied without faulting: what may be unmapped at any moment, another
// thread's stack for one. Not for signal handlers: where process_vm_readv is refused a file is
// opened. Context: monitor thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holmes {

// The bytes copied. They must lie in one region, or nothing may be copied.
size_t copy_memory(uintptr_t from, void* to, size_t bytes);
// The same of what can be read from there on, to the first page that cannot; kMostToTheEnd at most.
inline constexpr size_t kMostToTheEnd = size_t{64} << 10;
size_t copy_to_the_end(uintptr_t from, void* to, size_t bytes);

}  // namespace holmes
