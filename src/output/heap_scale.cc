#include "output/heap_scale.h"

#include "base/math.h"

namespace holmes {
namespace {

struct Amount {
  double objects;
  double bytes;
};

// What readers make of "objects: bytes".
Amount read_back(HeapAmount printed, double period) {
  const auto n = static_cast<double>(printed.objects);
  const auto s = static_cast<double>(printed.bytes);
  const double seen = one_minus_exp_neg(s / n / period);
  return {n / seen, s / seen};
}

double distance(double a, double b) { return a < b ? b - a : a - b; }

// The x > 0 with x / (1 - exp(-x)) = y, y > 1. Newton from the right: g(x) = x - y (1 - exp(-x)) is
// convex and g(y) > 0, so that every step goes left and none goes too far. Near y = 1 the root is
// nearly a double one and each step only halves the distance: hence 60.
double solve_ratio(double y) {
  double x = y;
  for (int step = 0; step < 60; ++step) {
    const double slope = 1 - y * exp_neg(x);
    if (!(slope > 0)) break;
    const double next = x - (x - y * one_minus_exp_neg(x)) / slope;
    if (!(next < x) || !(next > 0)) break;
    x = next;
  }
  return x;
}

int64_t sampled_objects(Amount estimate, double period) {
  const double seen =
      estimate.objects * one_minus_exp_neg(estimate.bytes / estimate.objects / period);
  const auto count = static_cast<int64_t>(seen + 0.5);
  return count < 1 ? 1 : count;
}

HeapAmount with_true_mean(int64_t objects, Amount estimate) {
  const double bytes = static_cast<double>(objects) * (estimate.bytes / estimate.objects);
  return {objects, bytes < 1 ? 1 : static_cast<int64_t>(bytes + 0.5)};
}

// Readers cut fractions off, and one byte more printed is at most one byte more read: the least
// whole number that reaches the estimate is read as exactly the estimate.
HeapAmount with_true_bytes(int64_t objects, Amount estimate, double period) {
  const double unit = static_cast<double>(objects) * period;
  HeapAmount printed = {objects, static_cast<int64_t>(solve_ratio(estimate.bytes / unit) * unit)};
  if (printed.bytes < 1) printed.bytes = 1;
  for (int step = 0; step < 64; ++step) {
    if (read_back(printed, period).bytes >= estimate.bytes) break;
    ++printed.bytes;
  }
  for (int step = 0; step < 64 && printed.bytes > 1; ++step) {
    if (read_back({objects, printed.bytes - 1}, period).bytes < estimate.bytes) break;
    --printed.bytes;
  }
  return printed;
}

}  // namespace

HeapAmount printed_heap_amount(HeapAmount estimate, int64_t period) {
  if (estimate.bytes <= 0) return {};
  if (estimate.objects < 1) estimate.objects = 1;
  if (period <= 1) return estimate;
  const auto rate = static_cast<double>(period);
  const Amount wanted = {static_cast<double>(estimate.objects),
                         static_cast<double>(estimate.bytes)};

  int64_t objects = sampled_objects(wanted, rate);
  const HeapAmount mean = with_true_mean(objects, wanted);
  const bool mean_will_do =
      distance(read_back(mean, rate).bytes, wanted.bytes) <= 0.01 * wanted.bytes;
  // Rounding up may have asked for more than a line of so many blocks can say.
  const auto most = static_cast<int64_t>(wanted.bytes / rate);
  if (objects > most) {
    if (mean_will_do || most < 1) return mean;
    objects = most;
  }
  const HeapAmount solved = with_true_bytes(objects, wanted, rate);
  // The estimate itself is rounded to whole objects.
  const double misstated = distance(read_back(solved, rate).objects, wanted.objects);
  const bool solved_will_do = misstated <= 0.05 * wanted.objects + 0.5;
  return solved_will_do || !mean_will_do ? solved : mean;
}

}  // namespace holmes
