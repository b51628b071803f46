// A walk of the stack by holmes, libunwind and the C library, all of them warm, in one run.
//
// `frames` is what the walk found; `ns_a_frame` what one of them cost.
#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <execinfo.h>

#include "capture/thread_state.h"
#include "capture/unwind.h"
#include "inner.h"
#include "platform/libc.h"

namespace {

constexpr int kMost = 256;

void report(benchmark::State& state, size_t frames) {
  const auto walked = static_cast<double>(frames);
  state.counters["frames"] = walked;
  state.counters["s_a_frame"] = benchmark::Counter(
      walked, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void walk_by_holmes(void* argument) {
  auto& state = *static_cast<benchmark::State*>(argument);
  uintptr_t frames[kMost];
  size_t count = 0;
  uintptr_t low = 0;
  uintptr_t high = 0;
  holmes::libc::own_stack(low, high);
  for (auto _ : state) {
    const holmes::Registers here = HOLMES_CALLER_REGISTERS();
    holmes::StackView view = holmes::own_stack_view(here.sp, low, high);
    count = holmes::unwind(here, false, view, frames).frames;
    benchmark::DoNotOptimize(frames);
  }
  report(state, count);
}

using Backtrace = int(void**, int);

template <Backtrace* const* kBacktrace>
void walk_by(void* argument) {
  auto& state = *static_cast<benchmark::State*>(argument);
  void* frames[kMost];
  int count = 0;
  for (auto _ : state) {
    count = (*kBacktrace)(frames, kMost);
    benchmark::DoNotOptimize(frames);
  }
  report(state, static_cast<size_t>(count));
}

Backtrace* g_libunwind = nullptr;
Backtrace* g_glibc = backtrace;

// Privately: in the global scope it would take over exceptions.
Backtrace* load_libunwind() {
  void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return nullptr;
  return reinterpret_cast<Backtrace*>(dlsym(library, "unw_backtrace"));
}

void holmes_walk(benchmark::State& state) {
  holmes::libc::init();
  inner::at_depth(static_cast<unsigned>(state.range(0)), walk_by_holmes, &state);
}

void libunwind_walk(benchmark::State& state) {
  if (g_libunwind == nullptr) g_libunwind = load_libunwind();
  if (g_libunwind == nullptr) return state.SkipWithError("libunwind.so.8 is not installed");
  inner::at_depth(static_cast<unsigned>(state.range(0)), walk_by<&g_libunwind>, &state);
}

void glibc_walk(benchmark::State& state) {
  inner::at_depth(static_cast<unsigned>(state.range(0)), walk_by<&g_glibc>, &state);
}

BENCHMARK(holmes_walk)->Arg(1)->Arg(20)->Arg(100);
BENCHMARK(libunwind_walk)->Arg(1)->Arg(20)->Arg(100);
BENCHMARK(glibc_walk)->Arg(1)->Arg(20)->Arg(100);

}  // namespace
