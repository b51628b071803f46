// Warm-up, cooldown and their order, without a clock.
#include "monitor/watch.h"

#include <gtest/gtest.h>

namespace holmes {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

class Cooldown : public testing::Test {
 protected:
  Cooldown() : config_(default_config()) {
    config_.warmup = 3;
    rule_ = config_.of(Kind::cpu);
    rule_.rule = {10, 25, 80, 0};
  }
  Judgement read(double value, bool over_cpu_max = false) {
    watch_.push(value);
    ++number_;
    return watch_.judge(rule_, config_, number_, now_, over_cpu_max);
  }
  void warm_up() {
    for (int i = 0; i < 3; ++i) read(1);
  }

  Config config_;
  KindConfig rule_;
  Watch watch_;
  uint64_t number_ = 0;
  int64_t now_ = 100 * kSecond;
};

TEST_F(Cooldown, NothingIsDumpedBeforeTheWarmUpEnds) {
  EXPECT_EQ(read(99).reason, "warmup");
  EXPECT_EQ(read(99).reason, "warmup");
  EXPECT_TRUE(read(99).verdict.dump);  // reading number HOLMES_WARMUP is judged
}

TEST_F(Cooldown, ASpikeDumpsOnceUntilTheCooldownEnds) {
  warm_up();
  EXPECT_TRUE(read(99).verdict.dump);
  watch_.event_started();
  EXPECT_EQ(read(99).reason, "dumping");
  watch_.event_ended(true, now_, 60 * kSecond, 5 * kSecond);
  now_ += 60 * kSecond - 1;
  EXPECT_EQ(read(99).reason, "cooldown");
  now_ += 1;
  EXPECT_TRUE(read(99).verdict.dump);
}

TEST_F(Cooldown, AFailedDumpIsTriedAgainAfterOneInterval) {
  warm_up();
  EXPECT_TRUE(read(99).verdict.dump);
  watch_.event_started();
  watch_.event_ended(false, now_, 60 * kSecond, 5 * kSecond);
  EXPECT_EQ(read(99).reason, "cooldown");
  now_ += 5 * kSecond;
  EXPECT_TRUE(read(99).verdict.dump);
}

TEST_F(Cooldown, CpuMaxForbidsEveryKind) {
  warm_up();
  EXPECT_EQ(read(99, true).reason, "cpu_max");
  EXPECT_TRUE(read(99, false).verdict.dump);
}

TEST_F(Cooldown, TheCooldownIsTestedBeforeTheRule) {
  warm_up();
  watch_.event_started();
  watch_.event_ended(true, now_, 60 * kSecond, 5 * kSecond);
  EXPECT_EQ(read(1, true).reason, "cooldown");
}

}  // namespace
}  // namespace holmes
