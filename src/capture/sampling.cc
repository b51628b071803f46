#include "capture/sampling.h"

#include <sys/syscall.h>
#include <time.h>

#include "base/math.h"
#include "platform/syscall.h"

namespace holmes {

thread_local constinit ThreadState t_state{};

namespace {

// Threads must differ, and a fork's children from each other; nobody needs secrecy here.
uint64_t seed(const ThreadState& state) {
  timespec now{};
  sys::call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  uint64_t x = reinterpret_cast<uintptr_t>(&state);
  x ^= static_cast<uint64_t>(now.tv_nsec) << 32 ^ static_cast<uint64_t>(now.tv_sec);
  x ^= static_cast<uint64_t>(sys::call(SYS_gettid)) * 0x9E3779B97F4A7C15u;
  return x == 0 ? 1 : x;
}

// xorshift64* (S. Vigna).
uint64_t next_random(uint64_t& state) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545F4914F6CDD1Du;
}

}  // namespace

double sample_weight(size_t size, uint64_t mean) {
  return 1.0 / one_minus_exp_neg(static_cast<double>(size) / static_cast<double>(mean));
}

int64_t next_gap(ThreadState& state, uint64_t mean) {
  state.mean = mean;
  if (state.random == 0) state.random = seed(state);
  // (0, 1]: 53 bits, never zero.
  const double u = static_cast<double>((next_random(state.random) >> 11) + 1) * 0x1p-53;
  const double gap = -log_positive(u) * static_cast<double>(mean);
  return gap < 1 ? 1 : static_cast<int64_t>(gap);
}

uint64_t countdown_expired(ThreadState& state, uint64_t mean) {
  if (mean == 0) {
    state.mean = 0;
    state.bytes_left = kRecheckBytes;
    return 0;
  }
  if (state.mean == 0) {  // a new thread, or sampling was off: zero was no sampling point
    state.bytes_left += next_gap(state, mean);
    if (state.bytes_left >= 0) return 0;
  }
  const uint64_t drawn_with = state.mean;
  state.bytes_left = next_gap(state, mean);
  return drawn_with;
}

uint64_t affordable_mean(uint64_t configured, uint64_t mean, double samples_per_second,
                         double seconds_per_sample) {
  if (configured == 0) return 0;
  constexpr uint64_t kMostTimes = 256;
  // What it would cost at the configured rate; blocks larger than the mean are sampled whatever it
  // is, which makes this an upper bound.
  const double times = static_cast<double>(mean) / static_cast<double>(configured);
  const double share = samples_per_second * times * seconds_per_sample;
  uint64_t factor = 1;
  while (factor < kMostTimes && share > kMostOfACore * static_cast<double>(factor)) factor *= 2;
  return configured * factor;
}

uint64_t bearable_mean(uint64_t configured, uint64_t live_bytes) {
  if (configured == 0) return 0;
  uint64_t mean = configured;
  while (live_bytes / mean > kMostLive) mean *= 2;
  return mean;
}

}  // namespace holmes
