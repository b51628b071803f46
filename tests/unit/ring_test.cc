#include "rule/ring.h"

#include <gtest/gtest.h>

#include <vector>

namespace holmes {
namespace {

std::vector<double> contents(const Ring& ring) {
  std::vector<double> values;
  for (size_t i = 0; i < ring.size(); ++i) values.push_back(ring[i]);
  return values;
}

TEST(Ring, StartsEmpty) {
  const Ring ring;
  EXPECT_EQ(ring.size(), 0u);
  EXPECT_EQ(ring.current(), 0);
  EXPECT_EQ(ring.previous_mean(), 0);
}

TEST(Ring, KeepsTheOldestFirstAndTheCurrentLast) {
  Ring ring;
  for (const double value : {3.0, 1.0, 2.0}) ring.push(value);
  EXPECT_EQ(contents(ring), (std::vector<double>{3, 1, 2}));
  EXPECT_EQ(ring.current(), 2);
}

TEST(Ring, DropsTheOldestWhenFull) {
  Ring ring;
  for (int value = 1; value <= 10; ++value) ring.push(value);
  EXPECT_EQ(contents(ring), (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  ring.push(11);
  EXPECT_EQ(contents(ring), (std::vector<double>{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  for (int value = 12; value <= 25; ++value) ring.push(value);
  EXPECT_EQ(contents(ring), (std::vector<double>{16, 17, 18, 19, 20, 21, 22, 23, 24, 25}));
}

TEST(Ring, MeanLeavesTheCurrentReadingOut) {
  Ring ring;
  ring.push(100);
  EXPECT_EQ(ring.previous_mean(), 0) << "there is nothing before the first reading";
  ring.push(1);
  EXPECT_EQ(ring.previous_mean(), 100);
  ring.push(50);
  EXPECT_EQ(ring.previous_mean(), 50.5);
}

TEST(Ring, MeanOfAFullRingIsOfNine) {
  Ring ring;
  for (int i = 0; i < 20; ++i) ring.push(7);
  for (int i = 0; i < 9; ++i) ring.push(8);
  ring.push(1013);
  EXPECT_EQ(ring.previous_mean(), 8);
}

TEST(Ring, IsNotCutToWholeNumbers) {
  Ring ring;
  for (const double value : {0.0, 0.0, 1.0, 9.0}) ring.push(value);
  EXPECT_DOUBLE_EQ(ring.previous_mean(), 1.0 / 3);
}

TEST(Ring, StartsAnewWhenCleared) {
  Ring ring;
  for (int value = 1; value <= 13; ++value) ring.push(value);
  ring.clear();
  EXPECT_EQ(ring.size(), 0u);
  for (int value = 1; value <= 12; ++value) ring.push(value);
  EXPECT_EQ(contents(ring), (std::vector<double>{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

}  // namespace
}  // namespace holmes
