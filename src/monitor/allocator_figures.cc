#include "monitor/allocator_figures.h"

#include <sys/syscall.h>

#include <algorithm>

#include "base/clock.h"
#include "capture/allocator.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

// A thread that allocates answers within the first pause; for one that does not, few looks.
bool wait_for_answer(int64_t asked_ns, int64_t wait_ns) {
  const auto answered = [&] { return allocator::last().taken_ns >= asked_ns; };
  const int64_t deadline = asked_ns + wait_ns;
  int64_t pause_ns = 500'000;
  for (int64_t left = wait_ns; left > 0 && !answered(); left = deadline - monotonic_ns()) {
    const timespec pause = to_timespec(std::min(pause_ns, left));
    sys::call(SYS_nanosleep, &pause, nullptr);
    pause_ns *= 2;
  }
  return answered();
}

}  // namespace

void describe_allocator(EventRecord& record, int64_t wait_ns, int64_t& max_pause_ns) {
  const int64_t asked = monotonic_ns();
  const bool answered = allocator::request(record.rss_bytes) && wait_for_answer(asked, wait_ns);
  const AllocatorFigures figures = allocator::last();
  if (answered && figures.cost_ns > max_pause_ns) max_pause_ns = figures.cost_ns;
  record.allocator.assign(allocator::name());
  for (size_t i = 0; i < figures.count; ++i) {
    if (AllocatorFigure* place = record.figures.add()) {
      place->name.assign(figures.figures[i].name);
      place->value = figures.figures[i].value;
    }
  }
  if (figures.taken_ns == 0) return;
  if (AllocatorFigure* place = record.figures.add()) {
    place->name.assign("age_ms");
    place->value = static_cast<uint64_t>((monotonic_ns() - figures.taken_ns) / 1'000'000);
  }
}

}  // namespace holmes
