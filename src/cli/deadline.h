// A moment after which work stops.
#pragma once

#include <chrono>

namespace holmes::cli {

class Deadline {
 public:
  explicit Deadline(double seconds)
      : seconds_(seconds),
        end_(std::chrono::steady_clock::now() +
             std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                 std::chrono::duration<double>(seconds))) {}

  bool passed() const { return std::chrono::steady_clock::now() >= end_; }
  double seconds() const { return seconds_; }

 private:
  double seconds_;
  std::chrono::steady_clock::time_point end_;
};

// Thrown out of a long walk; what was found so far stays.
struct DeadlinePassed {};

}  // namespace holmes::cli
