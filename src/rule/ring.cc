#include "rule/ring.h"

namespace holmes {

void Ring::push(double value) {
  if (size_ == kCapacity) {
    values_[first_] = value;
    first_ = (first_ + 1) % kCapacity;
    return;
  }
  values_[(first_ + size_) % kCapacity] = value;
  size_ += 1;
}

// Summed anew each time: a running sum would collect rounding errors for as long as the host lives.
double Ring::previous_mean() const {
  if (size_ < 2) return 0;
  double sum = 0;
  for (size_t i = 0; i + 1 < size_; ++i) sum += (*this)[i];
  return sum / static_cast<double>(size_ - 1);
}

}  // namespace holmes
