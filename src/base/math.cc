#include "base/math.h"

#include <bit>
#include <cstdint>

namespace holmes {
namespace {

// ln 2 in two parts: `high` has its low bits clear, so that k * high is exact for the k used here.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;

// 1/n: a multiplication takes a fifth of a division's time.
struct Inverses {
  double of[24];
};
constexpr Inverses make_inverses() {
  Inverses result{};
  for (int n = 1; n < 24; ++n) result.of[n] = 1.0 / n;
  return result;
}
constexpr Inverses kInverse = make_inverses();

double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(1023 + exponent) << 52);
}

// exp(r) by its Taylor series; |r| <= ln(2)/2 leaves an error below 1e-18 after 15 terms.
double exp_near_zero(double r) {
  double sum = 1;
  for (int n = 15; n > 0; --n) sum = 1 + sum * r * kInverse.of[n];
  return sum;
}

}  // namespace

double exp_neg(double x) {
  if (!(x > 0)) return 1;
  if (x > 708) return 0;
  const int k = static_cast<int>(x / kLn2High + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  return exp_near_zero(-r) * power_of_two(-k);
}

double one_minus_exp_neg(double x) {
  if (!(x > 0)) return 0;
  if (x > 0.5) return 1 - exp_neg(x);
  // x - x^2/2! + x^3/3! - …, innermost first; x^19/20! is below 1e-24 here.
  // Small x, which small blocks have, need few terms: x^5/6! is below 1e-13 there.
  double sum = 1;
  for (int n = x < 0.01 ? 6 : 19; n > 1; --n) sum = 1 - sum * x * kInverse.of[n];
  return sum * x;
}

double log_positive(double x) {
  if (!(x > 0)) return -745.2;
  int exponent = 0;
  if (x < 2.3e-308) {  // a subnormal number: its exponent is not in its exponent bits
    x *= power_of_two(54);
    exponent = -54;
  }
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  // ln m = 2 artanh(s), |s| < 0.1716: eleven odd powers.
  const double s = (m - 1) / (m + 1);
  double sum = 0;
  for (int n = 23; n > 0; n -= 2) sum = sum * s * s + kInverse.of[n];
  return exponent * kLn2High + (exponent * kLn2Low + 2 * s * sum);
}

}  // namespace holmes
