// Asking a running thread for its own stack.
//
// A slot belongs to one thread of one round. Its state goes idle -> asked -> answering -> answered;
// a handler that comes late finds no slot asked of it and does nothing, so memory is never written
// after its time. Slots are static: nothing that a late handler could touch is ever unmapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace holmes {

struct StackAnswer {
  std::span<const uintptr_t> stack;  // valid until the slot is asked again; empty: no answer
  int64_t pause_ns = 0;              // what the thread spent in the handler
};

inline constexpr size_t kRequestSlots = 64;

// Asks up to kRequestSlots threads at once and waits until all have answered or `deadline_ns` has
// passed. answers[i] belongs to tids[i].
// Context: monitor thread.
void request_stacks(int signal, std::span<const int> tids, int64_t deadline_ns,
                    std::span<StackAnswer> answers);

}  // namespace holmes
