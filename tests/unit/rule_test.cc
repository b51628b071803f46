#include "rule/rule.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "rule/kind.h"

namespace holmes {
namespace {

Ring history(std::initializer_list<double> values) {
  Ring ring;
  for (const double value : values) ring.push(value);
  return ring;
}

Rule rule(double min, double diff, double abs, double max = 0) { return {min, diff, abs, max}; }

Reason reason(const Rule& judged, std::initializer_list<double> values) {
  const Verdict verdict = judge(judged, history(values));
  EXPECT_EQ(verdict.dump, verdict.reason == Reason::diff || verdict.reason == Reason::abs);
  return verdict.reason;
}

TEST(Rule, GoldenASmallRiseAfterAlmostNothingDumpsByDiff) {
  const Verdict verdict = judge(rule(3, 25, 80), history({0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 4}));
  EXPECT_TRUE(verdict.dump);
  EXPECT_EQ(verdict.reason, Reason::diff);
  EXPECT_EQ(verdict.current, 4);
  EXPECT_DOUBLE_EQ(verdict.average, 4.0 / 9);
}

TEST(Rule, GoldenABurstOfThreadsDumpsByAbs) {
  const Verdict verdict = judge(rule(10, 25, 100), history({8, 8, 8, 8, 8, 8, 8, 8, 8, 1013}));
  EXPECT_TRUE(verdict.dump);
  EXPECT_EQ(verdict.reason, Reason::abs);
  EXPECT_EQ(verdict.current, 1013);
  EXPECT_EQ(verdict.average, 8);
}

TEST(Rule, AbsMustBeExceeded) {
  EXPECT_EQ(reason(rule(10, 0, 70), {0, 0, 70}), Reason::none);
  EXPECT_EQ(reason(rule(10, 0, 70), {0, 0, 70.001}), Reason::abs);
  EXPECT_EQ(reason(rule(10, 0, 70), {0, 0, 69.999}), Reason::none);
}

TEST(Rule, MinMustBeExceededForDiff) {
  EXPECT_EQ(reason(rule(10, 25, 0), {1, 1, 10}), Reason::none);
  EXPECT_EQ(reason(rule(10, 25, 0), {1, 1, 10.001}), Reason::diff);
}

TEST(Rule, DiffMustBeExceeded) {
  EXPECT_EQ(reason(rule(10, 25, 0), {40, 40, 50}), Reason::none);
  EXPECT_EQ(reason(rule(10, 25, 0), {40, 40, 50.001}), Reason::diff);
  EXPECT_EQ(reason(rule(10, 25, 0), {40, 40, 49.999}), Reason::none);
}

TEST(Rule, DiffIsNotFooledByRounding) {
  // The mean of three 0.3 times 1.5 is a hair below 0.45; the reading is not above the bound.
  EXPECT_EQ(reason(rule(0, 50, 0), {0.3, 0.3, 0.3, 0.45}), Reason::none);
}

TEST(Rule, MaxIsReachedFromItsValueOn) {
  EXPECT_EQ(reason(rule(10, 25, 70, 90), {0, 89.999}), Reason::abs);
  EXPECT_EQ(reason(rule(10, 25, 70, 90), {0, 90}), Reason::max);
  EXPECT_EQ(reason(rule(10, 25, 70, 90), {0, 95}), Reason::max);
  EXPECT_EQ(reason(rule(10, 25, 70, 0), {0, 95}), Reason::abs) << "0 is no limit";
}

TEST(Rule, MaxHoldsDiffBackToo) { EXPECT_EQ(reason(rule(10, 25, 0, 50), {1, 60}), Reason::max); }

TEST(Rule, AbsDoesNotAskForMin) { EXPECT_EQ(reason(rule(50, 25, 20), {0, 30}), Reason::abs); }

TEST(Rule, ZeroSwitchesAbsOff) {
  EXPECT_EQ(reason(rule(10, 0, 0), {0, 99}), Reason::none);
  EXPECT_EQ(reason(rule(10, 25, 0), {0, 99}), Reason::diff);
}

TEST(Rule, ZeroSwitchesDiffOff) { EXPECT_EQ(reason(rule(10, 0, 80), {1, 60}), Reason::none); }

TEST(Rule, AbsComesBeforeDiff) { EXPECT_EQ(reason(rule(10, 25, 80), {1, 1, 1, 81}), Reason::abs); }

TEST(Rule, AFlatSeriesNeverDumpsByDiff) {
  // Values whose sums do not come out even, with the smallest diff that is not "off".
  for (const double value : {0.0, 0.1, 0.3, 1.1, 10.7, 33.3333333, 70.1, 99.9, 1013.0}) {
    for (const double diff : {1e-9, 0.001, 1.0, 25.0}) {
      Ring ring;
      for (int i = 0; i < 40; ++i) {
        ring.push(value);
        EXPECT_FALSE(judge(rule(0, diff, 0), ring).dump) << value << " by " << diff << " at " << i;
      }
    }
  }
}

TEST(Rule, AFallingSeriesNeverDumpsByDiff) {
  Ring ring;
  for (double value = 100; value > 1; value *= 0.97) {
    ring.push(value);
    EXPECT_FALSE(judge(rule(0, 1, 0), ring).dump) << value;
  }
}

TEST(Rule, NothingBeforeMeansNoAverage) {
  EXPECT_EQ(reason(rule(10, 25, 0), {50}), Reason::none);
  EXPECT_EQ(reason(rule(10, 25, 40), {50}), Reason::abs);
}

TEST(Rule, AnEmptyHistoryNeverDumps) {
  EXPECT_FALSE(judge(rule(0, 1, 1), Ring()).dump);
  EXPECT_EQ(judge(rule(0, 1, 1), Ring()).reason, Reason::none);
}

TEST(Rule, KeepsFractionsOfPercent) {
  // Cut to whole percent, both would be 11 against 10 and alike.
  EXPECT_EQ(reason(rule(10, 10, 0), {10.9, 11.98}), Reason::none);
  EXPECT_EQ(reason(rule(10, 10, 0), {10.1, 11.98}), Reason::diff);
}

TEST(Rule, ARingForgetsWhatIsTooOld) {
  Ring ring;
  ring.push(1000);
  for (int i = 0; i < 9; ++i) ring.push(1);
  ring.push(2);
  EXPECT_EQ(judge(rule(0, 25, 0), ring).reason, Reason::diff) << "the 1000 has left the ring";
}

TEST(Reason, HasTheNamesOfTheLog) {
  EXPECT_EQ(reason_name(Reason::none), "none");
  EXPECT_EQ(reason_name(Reason::diff), "diff");
  EXPECT_EQ(reason_name(Reason::abs), "abs");
  EXPECT_EQ(reason_name(Reason::max), "max");
}

TEST(Kind, HasTheNamesOfTheFiles) {
  EXPECT_EQ(kind_name(Kind::cpu), "cpu");
  EXPECT_EQ(kind_name(Kind::mem), "mem");
  EXPECT_EQ(kind_name(Kind::heap), "heap");
  EXPECT_EQ(kind_name(Kind::thread), "thread");
}

}  // namespace
}  // namespace holmes
