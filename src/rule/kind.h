// The four rules a user can set. A kind names what is watched; what it dumps is in the contract of
// each (mem and heap: the heap profile).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holmes {

enum class Kind : uint8_t { cpu, mem, heap, thread };
inline constexpr size_t kKinds = 4;

// As in file names, the log and the manifest.
constexpr std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::cpu: return "cpu";
    case Kind::mem: return "mem";
    case Kind::heap: return "heap";
    case Kind::thread: return "thread";
  }
  return "";
}

}  // namespace holmes
