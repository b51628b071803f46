// The three functions of libm that holmes needs, without libm: the library inside of the host may
// not add a dependency, and libm's own may set errno.
// Context: any, malloc path and signal handlers included. No lock, no errno, no table.
#pragma once

namespace holmes {

// exp(-x) for x >= 0, relative error below 1e-15 up to x = 708; 0 beyond, 1 for x <= 0 and NaN.
double exp_neg(double x);

// 1 - exp(-x) for x >= 0, relative error below 1e-15: the chance that a Poisson sampler with one
// sample per unit sees a block of x units. Small x is what it is for: 1 - exp_neg(x) would lose
// every digit there.
double one_minus_exp_neg(double x);

// ln(x) for a positive, finite x, absolute error below 1e-13; -745.2 (the smallest there is) for
// x <= 0 and NaN, so that a sampler fed a bad random number gets a long gap, not a wild one.
double log_positive(double x);

}  // namespace holmes
