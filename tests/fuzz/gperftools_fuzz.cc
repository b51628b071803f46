// gperftools' CPU profile, which libprofiler has written.
#include <vector>

#include "capture/cpu_gperftools.h"
#include "fuzz_input.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace holmes;
  const std::vector<uint64_t> words = [&] {
    std::vector<uint64_t> copy(size / 8);
    if (!copy.empty()) std::memcpy(copy.data(), data, copy.size() * 8);
    return copy;
  }();
  StackTable stacks;
  int64_t period = 0;
  const Status status = parse_gperftools_profile(words, stacks, period);
  if (status.is_ok()) fuzz::require(stacks.size() <= words.size());
  stacks.clear();
  return 0;
}
