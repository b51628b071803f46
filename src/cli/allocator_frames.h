// The allocator's own functions at the leaf of a heap profile's stacks: who reads it wants to see
// who allocated, not that operator new did.
#pragma once

#include <string>
#include <string_view>

#include "cli/pprof_model.h"

namespace holmes::cli {

// profile.proto's drop_frames: readers remove frames that match, and all below them.
inline constexpr std::string_view kAllocatorFrames =
    "malloc|calloc|realloc|reallocarray|memalign|aligned_alloc|posix_memalign|valloc|pvalloc|"
    "operator new|operator new\\[\\]|operator new.*|"
    "std::__new_allocator<.*>::allocate|__gnu_cxx::new_allocator<.*>::allocate|"
    "std::allocator<.*>::allocate|std::allocator_traits<.*>::allocate|"
    "__libc_malloc|__libc_calloc|__libc_realloc|__GI___libc_malloc|je_.*alloc|tc_.*alloc|tc_new.*";

// Sets drop_frames where the profile is one of the heap and has none yet.
void hide_allocator_frames(PprofModel& model);

// Does `function` match the model's drop_frames? Patterns that are no regular expression match
// nothing.
class DroppedFrames {
 public:
  explicit DroppedFrames(const PprofModel& model);
  ~DroppedFrames();
  DroppedFrames(const DroppedFrames&) = delete;
  DroppedFrames& operator=(const DroppedFrames&) = delete;
  bool match(const std::string& function) const;

 private:
  struct Pattern;
  Pattern* pattern_;
};

}  // namespace holmes::cli
