// What to print in a heap_v2/PERIOD text profile so that readers arrive at our estimate.
//
// Readers take a line "n: s" for n sampled blocks of s bytes together and unbias it themselves, by
// the line's mean block: with a = s / n, both are multiplied by 1 / (1 - exp(-a / PERIOD)). Our
// estimates are already unbiased, sample by sample. So the writer solves it the other way round:
// n is the whole number of blocks nearest to what a sampler would have seen, and s is such that
//
//   s / (1 - exp(-s / (n * PERIOD))) = estimated bytes
//
// to the byte. Worked numbers, PERIOD 524288: a block of 1 GiB was seen for sure and prints as
// 1: 1073741824; one sample of 64 KiB stands for 8.51 blocks, 557719 bytes, and prints as 1: 65536;
// 200 samples of 64-byte blocks, 100 MiB in 1638500 blocks, print as 200: 12800.
//
// Far below the period, s hardly changes what is read: every block stands for a period. Samples of
// small blocks add up to a whole n there, but for rounding, which solving for s would turn into
// blocks of absurd size. So where the solution would misstate the number of blocks by more than a
// twentieth, and n blocks of the true mean size are within a hundredth of the bytes, these are
// printed. Only where a stack mixes block sizes on both sides of the period can a line not say
// both; then the bytes are right and the number of blocks is not.
//
// The least that a line can say is n * PERIOD. An estimate below PERIOD, which no Poisson sampler
// of that period makes, is read as PERIOD. Context: any. Pure functions.
#pragma once

#include <cstdint>

namespace holmes {

struct HeapAmount {
  int64_t objects = 0;
  int64_t bytes = 0;
};

HeapAmount printed_heap_amount(HeapAmount estimate, int64_t period);

}  // namespace holmes
