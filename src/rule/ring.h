// The last ten readings of one kind, oldest first, the current one last.
// Context: any. Owned by the monitor thread.
#pragma once

#include <cstddef>

namespace holmes {

class Ring {
 public:
  static constexpr size_t kCapacity = 10;

  void push(double value);
  void clear() { size_ = 0; }
  size_t size() const { return size_; }
  // 0 is the oldest, size() - 1 the current one.
  double operator[](size_t index) const { return values_[(first_ + index) % kCapacity]; }
  double current() const { return size_ == 0 ? 0 : (*this)[size_ - 1]; }
  // The mean of all but the current one; 0 where there is none.
  double previous_mean() const;

 private:
  double values_[kCapacity] = {};
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace holmes
