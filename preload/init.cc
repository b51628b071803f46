// The constructor: reads the environment, decides whether this program is watched, starts the
// monitor. And the fork path: prefork workers are the processes that matter.
#include <pthread.h>
#include <sys/syscall.h>

#include <algorithm>
#include <atomic>

#include "base/arena.h"
#include "base/text.h"
#include "capture/allocator.h"
#include "capture/capture_signal.h"
#include "capture/core.h"
#include "capture/cpu_gperftools.h"
#include "capture/cpu_timers.h"
#include "capture/module_gate.h"
#include "capture/unwind.h"
#include "config/config.h"
#include "export.h"
#include "init.h"
#include "local_operators.h"
#include "monitor/commands.h"
#include "monitor/host_notes.h"
#include "monitor/log_settings.h"
#include "monitor/monitor.h"
#include "monitor/process_info.h"
#include "output/dump_dir.h"
#include "output/log.h"
#include "platform/libc.h"
#include "platform/seccomp.h"
#include "platform/syscall.h"
#include "real.h"

extern "C" char** environ;
extern "C" void holmes_call_on_stack(void (*run)(), void* stack_top);

namespace holmes {
namespace {

constinit Config g_config;
constinit Monitor g_monitor;
bool g_watching = false;
std::atomic<bool> g_aside{false};

// A bad variable is said once, whoever reads the log; where the log goes is known only after all
// variables have been read, so that complaints wait until then. Without any, no memory is touched.
struct Complaints {
  static constexpr size_t kMax = 64;
  std::string_view lines[kMax];  // in the arena
  size_t count = 0;              // also those that are not kept
  Arena arena;
};

void complain(void* context, const ConfigWarning& warning) {
  auto& complaints = *static_cast<Complaints*>(context);
  const size_t index = complaints.count++;
  if (index >= Complaints::kMax) return;
  const auto buffer = complaints.arena.array<char>(512);
  Text line(buffer);
  print_warning(warning, line);
  complaints.lines[index] = line.view();
}

Logger make_logger() {
  DumpDir dir;
  const Status made = dir.open(g_config.dump_path.view());  // the log may be the first file in it
  (void)made;  // an event will say what is wrong with it
  Logger logger;
  logger.configure(log_settings(g_config));
  return logger;
}

void log_complaints(const Complaints& complaints) {
  if (complaints.count == 0) return;
  Logger logger = make_logger();
  const size_t kept = std::min(complaints.count, Complaints::kMax);
  for (size_t i = 0; i < kept; ++i) logger.line(LogLevel::warn, complaints.lines[i]);
  if (complaints.count == kept) return;
  TextBuffer<64> line;
  line.put("and ").num(complaints.count - kept).put(" more: see holmes check");
  logger.line(LogLevel::warn, line.view());
}

bool read_config() {
  Complaints complaints;
  g_config = load_config(environ, {complain, &complaints});
  const bool wanted = g_config.enable && selects(g_config, base_name(program_path().view()),
                                                 base_name(libc::started_as()));
  if (wanted) log_complaints(complaints);
  return wanted;
}

void know_main_stack() {
  constexpr uintptr_t kArguments = 64;  // argc and argv lie above what the loader calls the end
  constexpr uintptr_t kLargest = uintptr_t{64} << 20;
  const uintptr_t end = libc::main_stack_end();
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (end == 0 || here > end || end - here > kLargest) return;
  t_state.stack_high = end + kArguments;
  t_state.stack_low = end - kLargest;
}

// An executable that brings its own malloc is not reached by a preload: heap profiles stay empty.
void look_for_hidden_malloc() {
  const bool seen = comes_first("malloc");
  allocator::identify(seen ? reinterpret_cast<void*>(g_real.malloc)
                           : libc::global_symbol("malloc"));
  if (seen) return;
  const std::string_view note =
      "the program's malloc cannot be seen: it is defined before libholmes.so; heap profiles are "
      "empty";
  add_host_note(note);
  make_logger().line(LogLevel::warn, note);
}

void prepare_cpu_engine() {
  if (g_config.cpu_engine != CpuEngineChoice::gperftools) return;
  leave_sigprof_alone();
  CpuGperftools::start_thread();
}

void after_fork_in_child() {
  CpuTimers::after_fork();
  g_aside.store(false);
  prepare_cpu_engine();
  core_after_fork();
  allocator::forget_after_fork();
  g_watching = !has_new_filter();
  if (g_watching) g_monitor.restart_in_child();
}

// Why this program cannot be watched; empty: it can.
std::string_view find_obstacle() {
  if (!libc::is_glibc()) return "not watched: the C library of this program is not glibc";
  // They replace memcpy and its like by functions that need threads of their own making.
  for (const char* runtime : {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init"}) {
    if (libc::global_symbol(runtime) != nullptr) {
      return "not watched: this program is built with a sanitizer, which has to see every thread";
    }
  }
  if (has_filter_of_its_own()) {
    return "not watched: this program runs under a seccomp filter, which may end it for a system "
           "call";
  }
  return {};
}

void prepare() {
  libc::init();
  resolve_syscall();
  resolve_real_functions();
  hide_own_frames();
  const std::string_view obstacle = find_obstacle();
  if (!read_config()) return;
  if (!obstacle.empty()) {
    make_logger().line(LogLevel::warn, obstacle);
    return;
  }
  look_for_hidden_malloc();
  g_core.heap.set_mean(g_config.heap_sample_bytes);
  if (!g_config.on_dump.empty()) remember_environment(environ);
  libc::at_fork(CpuTimers::before_fork, CpuTimers::after_fork, after_fork_in_child);
  g_watching = true;
  prepare_cpu_engine();
  g_monitor.start(g_config);
}

// `ulimit -s` may leave the host's first thread less stack than this needs.
[[gnu::constructor]] void start() {
  constexpr size_t kStack = size_t{256} << 10;
  InsideGuard guard(t_state);
  know_main_stack();
  auto* stack = static_cast<char*>(map_pages(kStack));
  if (stack == nullptr) return;
  holmes_call_on_stack(prepare, stack + kStack);
  unmap_pages(stack, kStack);
}

}  // namespace

void credentials_changed() {
  if (g_watching) g_monitor.follow_credentials();
}

AloneGuard::AloneGuard() {
  if (!g_watching || g_aside.exchange(true))
    return;  // another thread is at it: the host has several
  entered_ = true;
  alone_ = g_monitor.stand_aside();
}

AloneGuard::~AloneGuard() {
  if (!entered_) return;
  g_monitor.come_back();
  g_aside.store(false);
}

}  // namespace holmes

// Modules that go take their unwinding rules with them. The call is passed on unchanged; unlike
// dlopen, dlclose does not care who calls it.
HOLMES_EXPORT int dlclose(void* handle) {
  using DlClose = int(void*);
  static DlClose* real = nullptr;
  if (real == nullptr) real = reinterpret_cast<DlClose*>(holmes::libc::next_symbol("dlclose"));
  const holmes::UnloadGuard guard;
  const int result = real == nullptr ? -1 : real(handle);
  holmes::forget_modules();
  holmes::forget_local_operators();
  return result;
}
