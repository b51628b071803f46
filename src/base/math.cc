#include "base/math.h"

#include <bit>
#include <cstdint>

namespace holmes {
namespace {

// ln 2 in two parts: `high` has its low bits clear, so that k * high is exact for the k used here.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;

// 1/n!, with the signs of exp(-x): additions and multiplications take a fifth of a division's time.
constexpr int kTerms = 20;
struct Coefficients {
  double of[kTerms];
};
constexpr Coefficients make_coefficients() {
  Coefficients result{};
  double factorial = 1;
  for (int n = 0; n < kTerms; ++n) {
    if (n > 0) factorial *= n;  // exact up to 18!
    result.of[n] = (n % 2 == 0 ? 1 : -1) / factorial;
  }
  return result;
}
constexpr Coefficients kExp = make_coefficients();

double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(1023 + exponent) << 52);
}

// exp(-r) by its Taylor series; |r| <= ln(2)/2 leaves an error below 1e-18 after 15 terms.
double exp_neg_near_zero(double r) {
  double sum = kExp.of[15];
  for (int n = 14; n >= 0; --n) sum = sum * r + kExp.of[n];
  return sum;
}

// (ln m) / 2s = 1 + z/3 + z^2/5 + …, z = s^2 < 0.0295: what is left out is below 1e-15. In pairs
// that do not wait for each other.
double log_series(double z) {
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double low = (1 + z * (1.0 / 3)) + z2 * (1.0 / 5 + z * (1.0 / 7));
  const double high = (1.0 / 9 + z * (1.0 / 11)) + z2 * (1.0 / 13 + z * (1.0 / 15));
  return low + z4 * (high + z4 * (1.0 / 17 + z * (1.0 / 19)));
}

}  // namespace

double exp_neg(double x) {
  if (!(x > 0)) return 1;
  if (x > 708) return 0;
  const int k = static_cast<int>(x / kLn2High + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  return exp_neg_near_zero(r) * power_of_two(-k);
}

double one_minus_exp_neg(double x) {
  if (!(x > 0)) return 0;
  if (x > 0.5) return 1 - exp_neg(x);
  // x (1 - x/2! + x^2/3! - …). Small x, which small blocks have, need few terms: x^6/7! is below
  // 1e-15 there, and x^19/20! below 1e-24 elsewhere.
  if (x < 0.01) {
    const double x2 = x * x;
    const double high = (1.0 / 24 - x * (1.0 / 120)) + x2 * (1.0 / 720);
    return x * ((1 - x * 0.5) + x2 * (1.0 / 6 - x * high));
  }
  double sum = kExp.of[kTerms - 1];
  for (int n = kTerms - 2; n > 0; --n) sum = sum * x + kExp.of[n];
  return -sum * x;
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
  // ln m = 2 artanh(s), |s| < 0.1716.
  const double s = (m - 1) / (m + 1);
  return exponent * kLn2High + (exponent * kLn2Low + 2 * s * log_series(s * s));
}

}  // namespace holmes
