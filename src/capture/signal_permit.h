// Whether a thread of the host may be sent the capture's signal, found out by looks from outside.
//
// It must not be when it blocks the signal (a pending one would outlive an execve and end the next
// program), takes it in sigwait() (which unblocks it for the time, and would return it), is traced
// (and would be stopped), or is under a seccomp filter (which could end it for what a handler
// does).
//
// sigwait() is what one look cannot tell. While the thread waits there, /proc says so; but on its
// way in and out, and, on a busy machine, from its wake-up until it has a processor again, it is
// runnable and its mask is open. So a runnable thread is believed when it has gone on computing
// from one look to the next and to one more, with an open mask at all three, and has never gone to
// sleep meanwhile: nobody gets from the end of one sigwait() into the next without a closed mask or
// a sleep in between.
//
// Nor does one look tell who has closed the mask of a runnable thread: for as long as a handler is
// at work, our own of another capture perhaps, the kernel does. That takes microseconds of CPU
// time; a mask that is closed still after many more is the thread's own.
// Context: monitor thread.
#pragma once

#include <cstdint>

namespace holmes {

class SignalPermit {
 public:
  enum class Answer : uint8_t {
    must_not,
    runs,     // may be sent it, and is computing
    waits,    // may be sent it, and waits in a call, which the signal could interrupt
    unclear,  // look again after a while
  };

  SignalPermit() = default;
  SignalPermit(int tid, int signal) : tid_(tid), signal_(signal) {}

  Answer look();

  // For one that stays unclear: often runnable, seldom given a processor, as all threads are in the
  // very spike that is captured. No look has met it in sigwait(), where such a thread spends its
  // life, nor with a closed mask, with which it leaves it.
  bool is_plausible() const { return looks_ >= 2 && !was_closed_; }

 private:
  struct Look {
    bool closed = false;  // the mask
    uint64_t sleeps = 0;  // voluntary context switches
    int64_t cpu_ns = -1;
  };
  Answer look_at_running(const Look& now);

  int tid_ = 0;
  int signal_ = 0;
  uint32_t looks_ = 0;
  uint32_t in_a_row_ = 0;  // computing, with a mask that was open, and no sleep, or always closed
  bool was_closed_ = false;
  Look last_;
};

// Between two looks.
void pause_between_looks();

}  // namespace holmes
