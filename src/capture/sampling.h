// When to sample an allocation, and what a sample stands for.
//
// Sampling points lie on the line of all allocated bytes as a Poisson process of mean distance M:
// the gaps are exponential, which has no memory, so each thread may count its own bytes down. A
// block of s bytes is sampled when at least one point falls into it, with probability 1 -
// exp(-s/M). Each sample therefore stands for w = 1 / (1 - exp(-s/M)) blocks and w * s bytes, and
// sums of these are unbiased whatever the sizes. Worked: M = 512 KiB; s = 64 B: w = 8192.5; s = 512
// KiB: w = 1.58; s = 1 GiB: w = 1 exactly. Context: malloc path. No lock, no floating-point
// library.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/thread_state.h"

namespace holmes {

// Blocks that a sample of `size` bytes stands for.
double sample_weight(size_t size, uint64_t mean);

// Bytes to the next sampling point: exponential with mean `mean`. Seeds the generator when needed.
int64_t next_gap(ThreadState& state, uint64_t mean);

// The countdown went below zero: is this allocation to be sampled? Returns the mean that its weight
// is to be taken with (the one that the gap was drawn with, so that weights stay exact while the
// mean changes), or 0. Sets the next countdown, with `mean`; 0: sampling is off, and the question
// comes again after kRecheckBytes.
inline constexpr int64_t kRecheckBytes = int64_t{4} << 20;
uint64_t countdown_expired(ThreadState& state, uint64_t mean);

// ---- The rate -----------------------------------------------------------------------------------
// The mean
// that keeps sampling below kMostOfACore: `configured` as long as that does, else as many times
// more, by powers of two. `samples_per_second` as seen with `mean`.
inline constexpr double kMostOfACore = 0.005;
uint64_t affordable_mean(uint64_t configured, uint64_t mean, double samples_per_second,
                         double seconds_per_sample);

// The mean that keeps live samples at about kMostLive: `configured`, or as many times more, by
// powers of two, as `live_bytes` ask for. More of them tell nobody more, but on allocators whose
// every free() asks the filter of heap_profile.h they make it say "perhaps" too often.
inline constexpr uint64_t kMostLive = 16384;
uint64_t bearable_mean(uint64_t configured, uint64_t live_bytes);

}  // namespace holmes
