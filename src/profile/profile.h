// A captured profile: what capture hands to output. Views only: the memory belongs to the capture
// (stack table) and to the dump's Arena, and outlives the writing.
//
// Values by kind:
//   heap          alloc_objects, alloc_space (bytes), inuse_objects, inuse_space (bytes):
//   estimates,
//                 already unbiased for sampling
//   cpu           samples (count), cpu (nanoseconds)
//   threads       threads (count)
//   threadcreate  threads (count)
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/fixed_string.h"
#include "profile/stack_table.h"

namespace holmes {

enum class ProfileKind : uint8_t { heap, cpu, threads, threadcreate };
inline constexpr ProfileKind kProfileKinds[] = {ProfileKind::heap, ProfileKind::cpu,
                                                ProfileKind::threads, ProfileKind::threadcreate};

// The PROFILE part of a file name.
constexpr std::string_view profile_name(ProfileKind kind) {
  switch (kind) {
    case ProfileKind::heap: return "heap";
    case ProfileKind::cpu: return "cpu";
    case ProfileKind::threads: return "threads";
    case ProfileKind::threadcreate: return "threadcreate";
  }
  return "";
}

constexpr size_t value_count(ProfileKind kind) {
  if (kind == ProfileKind::heap) return 4;
  return kind == ProfileKind::cpu ? 2 : 1;
}

// What is known of one thread; the labels of a sample.
struct ThreadInfo {
  int tid = 0;
  FixedString<16> name;
  FixedString<24> state;  // threads only: "running", "sleeping", "disk sleep", … empty: no label
  FixedString<40>
      waiting;  // threads only: what it waits for, "futex", "epoll_wait"; empty: no label
};

struct Sample {
  StackId stack = 0;       // 0: the stack is not known
  int32_t thread = -1;     // index into Profile::threads; -1: no labels
  int64_t values[4] = {};  // the first value_count(kind) count
};

// The samples of a profile: an array, or made one at a time, so that a heap profile of a hundred
// thousand stacks needs no 4 MiB of them.
class Samples {
 public:
  using Get = Sample (*)(const void* context, size_t index);

  Samples() = default;
  template <typename Array>
  requires std::convertible_to<const Array&, std::span<const Sample>> Samples(const Array& array)
      : array_(array), size_(array_.size()) {}  // NOLINT: implicit by design
  Samples(size_t count, Get get, const void* context)
      : size_(count), get_(get), context_(context) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Sample operator[](size_t index) const {
    return get_ == nullptr ? array_[index] : get_(context_, index);
  }
  // Where they are an array; empty otherwise.
  std::span<const Sample> array() const { return array_; }

  class Iterator {
   public:
    Iterator(const Samples& samples, size_t index) : samples_(samples), index_(index) {}
    Sample operator*() const { return samples_[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Samples& samples_;
    size_t index_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size_}; }

 private:
  std::span<const Sample> array_;
  size_t size_ = 0;
  Get get_ = nullptr;
  const void* context_ = nullptr;
};

struct Mapping {
  uintptr_t start = 0;
  uintptr_t limit = 0;  // one past the end
  uint64_t offset = 0;  // in the file
  FixedString<255> file;
  FixedString<64> build_id;  // lower-case hex, empty where there is none
};

struct Profile {
  ProfileKind kind = ProfileKind::heap;
  const StackTable* stacks = nullptr;
  Samples samples;
  std::span<const ThreadInfo> threads;
  std::span<const Mapping> mappings;  // executable mappings, by address, the program's first
  std::span<const std::string_view> comments;  // the trigger, in words; one line each
  std::string_view memory_map;                 // /proc/self/maps as it was, for text formats
  int64_t time_ns = 0;                         // UTC, since the epoch
  int64_t duration_ns = 0;                     // cpu: how long was looked; 0 otherwise
  int64_t period = 0;    // heap: mean bytes between samples; cpu: ns between samples; else 1
  uint64_t dropped = 0;  // samples or threads that could not be taken
};

}  // namespace holmes
