// Who created which thread: the creation stack of every live thread made by pthread_create.
// Context: note_creation, started, ended: threads of the host; lock-free. snapshot: monitor thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.h"
#include "capture/key_table.h"
#include "profile/profile.h"
#include "profile/stack_table.h"

namespace holmes {

class ThreadRegistry {
 public:
  // In the creator, before the thread exists.
  StackId note_creation(std::span<const uintptr_t> stack) { return stacks_.intern(stack); }
  // In the new thread. A stale entry of an earlier thread with this id goes.
  void started(int tid, StackId creation);
  // In the thread, on a normal return. Threads that leave otherwise are swept out by snapshot().
  void ended(int tid) { threads_.remove(key(tid)); }

  // threadcreate: one sample for each of `live` whose creation was seen; drops entries of the dead.
  bool snapshot(Arena& arena, std::span<const int> live, Profile& profile);

 private:
  struct Record {
    StackId creation;
    uint32_t reserved;
  };
  static uint64_t key(int tid) { return static_cast<uint64_t>(tid) + 2; }  // 0 and 1 are reserved

  StackTable stacks_;
  KeyTable<Record> threads_;
};

}  // namespace holmes
