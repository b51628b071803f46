#include "base/math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace holmes {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Values from 1e-300 to `most`, evenly spread over the magnitudes.
template <typename Fn>
void for_many(double least, double most, Fn fn) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(std::log(least), std::log(most));
  for (int i = 0; i < 200000; ++i) fn(std::exp(exponent(random)));
}

TEST(Math, exp_neg_agrees_with_libm) {
  for_many(1e-300, 708, [](double x) {
    const double expected = std::exp(-x);
    ASSERT_NEAR(exp_neg(x) / expected, 1, 1e-15) << x;
  });
}

TEST(Math, one_minus_exp_neg_agrees_with_libm_where_subtraction_would_not) {
  for_many(1e-300, 1000, [](double x) {
    const double expected = -std::expm1(-x);
    ASSERT_NEAR(one_minus_exp_neg(x) / expected, 1, 1e-15) << x;
  });
}

TEST(Math, log_agrees_with_libm_down_to_subnormal_numbers) {
  for_many(1e-307, 1, [](double x) { ASSERT_NEAR(log_positive(x), std::log(x), 2e-13) << x; });
  for (const double x : {5e-324, 1e-310, 2.2250738585072014e-308, 1 - 1e-16, 1.0, 0x1p-53}) {
    EXPECT_NEAR(log_positive(x), std::log(x), 2e-13) << x;
  }
  for_many(1e-3, 1,
           [](double x) { ASSERT_LE(std::abs(log_positive(x) - std::log(x)), 1e-14) << x; });
}

TEST(Math, edges_have_defined_answers) {
  EXPECT_EQ(exp_neg(0), 1);
  EXPECT_EQ(exp_neg(-3), 1);
  EXPECT_EQ(exp_neg(kNan), 1);
  EXPECT_EQ(exp_neg(1e300), 0);
  EXPECT_EQ(one_minus_exp_neg(0), 0);
  EXPECT_EQ(one_minus_exp_neg(-1), 0);
  EXPECT_EQ(one_minus_exp_neg(2048), 1);
  EXPECT_EQ(log_positive(1), 0);
  EXPECT_EQ(log_positive(0), -745.2);
  EXPECT_EQ(log_positive(kNan), -745.2);
}

}  // namespace
}  // namespace holmes
