// gperftools' CPU profile format, whole and damaged.
#include "capture/cpu_gperftools.h"

#include <gtest/gtest.h>

#include <vector>

namespace holmes {
namespace {

using Words = std::vector<uint64_t>;

class GperftoolsProfile : public testing::Test {
 protected:
  ~GperftoolsProfile() override { stacks_.clear(); }
  bool parse(const Words& words) {
    return parse_gperftools_profile(words, stacks_, period_ns_).is_ok();
  }
  StackTable stacks_;
  int64_t period_ns_ = 0;
};

TEST_F(GperftoolsProfile, CountsEachStackWithCallersAsLookUpAddresses) {
  ASSERT_TRUE(parse({0, 3, 0, 10000, 0, 7, 2, 0x401000, 0x402001, 2, 1, 0x403000, 0, 1, 0}));
  EXPECT_EQ(period_ns_, 10'000'000);
  const uintptr_t first[] = {0x401000, 0x402000};
  const uintptr_t second[] = {0x403000};
  EXPECT_EQ(stacks_.totals(stacks_.intern(first)).first, 7u);
  EXPECT_EQ(stacks_.totals(stacks_.intern(second)).first, 2u);
}

TEST_F(GperftoolsProfile, RefusesWhatIsDamaged) {
  const Words damaged[] = {
      {},
      {0, 3, 0, 10000},                         // no header
      {1, 3, 0, 10000, 0, 0, 1, 0},             // not this format
      {0, ~uint64_t{0}, 0, 10000, 0, 0, 1, 0},  // a header longer than the file
      {0, 3, 0, ~uint64_t{0}, 0, 0, 1, 0},      // a period that no clock has
      {0, 3, 0, 10000, 0, 1, 0, 0, 0, 1, 0},    // a stack without frames
      {0, 3, 0, 10000, 0, 1, 1000, 0x401000},   // more frames than the file holds
      {0, 3, 0, 10000, 0, 1, 1, 0x401000},      // no end
  };
  for (const Words& words : damaged) EXPECT_FALSE(parse(words)) << words.size() << " words";
}

}  // namespace
}  // namespace holmes
