// All call stacks of a profile, as one tree: a stack is the number of its leaf, each node names its
// caller. Stacks that share their roots share memory (16 bytes a node), and "the same stack" is
// "the same number".
//
// Addresses are *look-up addresses*: the exact PC of an interrupted leaf, return address - 1 for
// every caller, so that each lies inside of the instruction it stands for. Writers that need
// return addresses add the 1 back.
//
// Invariants:
//   1. Node 0 is the root and no stack. A node never changes and never goes once it is published.
//   2. (parent, pc) is unique but for races that lost a node to memory pressure.
//   3. No lock: an inserting thread may die, fork or be interrupted by another insert at any
//      instruction, and the table stays whole.
// Context: intern() and count(): malloc path, signal handler. The rest: monitor thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "profile/chunked_array.h"

namespace holmes {

using StackId = uint32_t;  // 0: none
inline constexpr size_t kMaxFrames = 256;

class StackTable {
 public:
  // No destructor: tables that live as long as the process must not go while other threads still
  // run at exit. Whoever makes a passing one clears it.
  StackTable() = default;
  StackTable(const StackTable&) = delete;
  StackTable& operator=(const StackTable&) = delete;

  // The number of this stack (leaf first) below `root`; 0 when memory has run out.
  StackId intern(std::span<const uintptr_t> pcs, StackId root = 0);

  StackId parent(StackId id) const { return nodes_.at(id).parent; }
  uintptr_t pc(StackId id) const { return nodes_.at(id).pc; }
  // Stacks are numbered 1 … size(); inner nodes are numbered, too.
  uint32_t size() const { return nodes_.size(); }

  // Two running totals per leaf, made at the first count.
  void count(StackId id, uint64_t first, uint64_t second);
  struct Totals {
    uint64_t first = 0;
    uint64_t second = 0;
  };
  Totals totals(StackId id) const;

  // Stacks that found no room since the start.
  uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

  // Gives all memory back. Nobody else may use the table meanwhile.
  void clear();

 private:
  struct Node {
    uintptr_t pc;
    StackId parent;
    std::atomic<uint32_t> counter;
  };
  struct Counter {
    std::atomic<uint64_t> first;
    std::atomic<uint64_t> second;
  };
  // The hash index: levels that grow by four, each a row of 64-byte buckets of sixteen entries. A
  // key lives in the first level whose bucket has room; nothing ever moves, so readers need no
  // lock.
  static constexpr unsigned kLevels = 7;
  static constexpr unsigned kBucket = 16;
  static constexpr unsigned kFirstLog2 = 11;  // entries of level 0: 8 KiB
  static constexpr size_t level_entries(unsigned level) {
    return size_t{1} << (kFirstLog2 + 2 * level);
  }
  std::atomic<uint32_t>* level(unsigned number);
  StackId find_or_add(StackId parent, uintptr_t pc);
  StackId add_all(std::span<const uintptr_t> pcs, StackId root);
  bool is_stack(StackId id, std::span<const uintptr_t> pcs, StackId root) const;

  ChunkedArray<Node, 8, 15> nodes_;  // 8.4 million nodes at most: 24 bits
  ChunkedArray<Counter, 8, 14> counters_;
  std::atomic<std::atomic<uint32_t>*> levels_[kLevels] = {};
  // Leaves by the hash of their whole stack: what is met again and again is found in one step, and
  // compared frame by frame.
  static constexpr unsigned kRecentLog2 = 9;
  std::atomic<StackId> recent_[size_t{1} << kRecentLog2] = {};
  std::atomic<uint64_t> lost_{0};
};

}  // namespace holmes
