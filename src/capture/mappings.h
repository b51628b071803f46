// What is mapped where: /proc/self/maps, read at most once per capture, and as late as can be: it
// takes about 3 µs a mapping, and each thread has two.
//
// Gives the profile its executable mappings with build ids (read from memory: the file may have
// been replaced since), the text for formats that end with it, and the bounds of any thread's
// stack. Context: monitor thread. The arrays live in the Arena they were read into.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "profile/profile.h"

namespace holmes {

struct Region {
  uintptr_t start;
  uintptr_t end;
};

struct MemoryMap {
  std::string_view text;
  std::span<Mapping> executable;  // by address, the program's first
  std::span<Region> readable;     // by address
};

// False: /proc could not be read or memory ran out.
bool read_memory_map(Arena& arena, MemoryMap& map);

// Read when it is first asked for.
class LazyMemoryMap {
 public:
  explicit LazyMemoryMap(Arena& arena) : arena_(arena) {}
  // Empty when it cannot be read.
  const MemoryMap& get();
  bool is_readable() {
    get();
    return state_ == State::read;
  }

 private:
  enum class State : uint8_t { fresh, read, unreadable };
  Arena& arena_;
  MemoryMap map_;
  State state_ = State::fresh;
};

// For tests: from text, with build ids from the memory of this process.
bool parse_memory_map(Arena& arena, std::string_view text, std::string_view program,
                      MemoryMap& map);

// The readable region that holds `address`, or {0, 0}.
Region find_region(std::span<const Region> regions, uintptr_t address);

}  // namespace holmes
