#include "capture/cpu_gperftools.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <atomic>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "platform/libc.h"
#include "platform/raw_thread.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

using ProfilerStart = int (*)(const char*);
using ProfilerStop = void (*)();

// ---- The thread that libprofiler is called on ---------------------------------------------------
enum Order : uint32_t { kNothing, kStart, kStop };
constexpr int64_t kPatience = 10'000'000'000;

std::atomic<int> g_tid{0};
std::atomic<uint32_t> g_order{kNothing};  // a futex
std::atomic<int> g_result{0};             // of the last order: 0 or errno
const char* g_file = nullptr;

void futex_wait(std::atomic<uint32_t>& word, uint32_t seen, int64_t ns) {
  const timespec wait = to_timespec(ns);
  sys::call(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, seen, &wait, nullptr, 0);
}
void futex_wake(std::atomic<uint32_t>& word) {
  sys::call(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
}

int start_profiler() {
  static void* library = libc::load_privately("libprofiler.so.0");
  if (library == nullptr) return ELIBACC;
  const auto start = reinterpret_cast<ProfilerStart>(libc::symbol_in(library, "ProfilerStart"));
  if (start == nullptr) return ELIBBAD;
  return start(g_file) != 0 ? 0 : EBUSY;
}

int stop_profiler() {
  void* library = libc::load_privately("libprofiler.so.0");
  const auto stop = reinterpret_cast<ProfilerStop>(libc::symbol_in(library, "ProfilerStop"));
  if (stop == nullptr) return ELIBBAD;
  stop();
  return 0;
}

void* serve(void*) {
  sys::call(SYS_prctl, PR_SET_NAME, "holmes-gperf", 0, 0, 0);
  g_tid.store(static_cast<int>(sys::call(SYS_gettid)));
  for (;;) {
    const uint32_t order = g_order.load(std::memory_order_acquire);
    if (order == kNothing) {
      futex_wait(g_order, kNothing, kPatience);
      continue;
    }
    g_result.store(order == kStart ? start_profiler() : stop_profiler());
    g_order.store(kNothing, std::memory_order_release);
    futex_wake(g_order);
  }
}

int give(Order order) {
  g_order.store(order, std::memory_order_release);
  futex_wake(g_order);
  const int64_t deadline = monotonic_ns() + kPatience;
  while (g_order.load(std::memory_order_acquire) == order) {
    if (monotonic_ns() > deadline) return ETIMEDOUT;
    futex_wait(g_order, order, 100'000'000);
  }
  return g_result.load();
}

std::span<const uint64_t> read_words(Arena& arena, const Path& file) {
  const UniqueFd fd = open_file(file.c_str(), O_RDONLY | O_NOFOLLOW);
  struct stat info {};
  if (!fd.valid() || sys::call(SYS_fstat, fd.get(), &info) != 0) return {};
  const auto words = arena.array<uint64_t>(static_cast<size_t>(info.st_size) / 8 + 1);
  if (words.empty()) return {};
  const long size =
      read_file(file.c_str(), {reinterpret_cast<char*>(words.data()), words.size_bytes()});
  return words.first(size > 0 ? static_cast<size_t>(size) / 8 : 0);
}

}  // namespace

Status parse_gperftools_profile(std::span<const uint64_t> words, StackTable& stacks,
                                int64_t& period_ns) {
  const Status damaged("read gperftools' profile", EINVAL);
  if (words.size() < 5 || words[0] != 0 || words[1] < 3 || words[1] > words.size() ||
      words[3] > INT64_MAX / 1000) {
    return damaged;
  }
  period_ns = static_cast<int64_t>(words[3]) * 1000;
  size_t at = 2 + words[1];
  while (at + 3 <= words.size()) {
    const uint64_t count = words[at];
    const uint64_t depth = words[at + 1];
    if (count == 0) return Status::ok();  // the end
    if (depth == 0 || depth > kMaxFrames || depth > words.size() - at - 2) return damaged;
    uintptr_t pcs[kMaxFrames];
    for (size_t i = 0; i < depth; ++i) pcs[i] = words[at + 2 + i] - (i == 0 ? 0 : 1);
    stacks.count(stacks.intern({pcs, depth}), count, 0);
    at += 2 + depth;
  }
  return damaged;
}

bool CpuGperftools::start_thread() {
  RawThread::enroll(&g_tid);
  g_order.store(kNothing);
  return libc::start_known_thread(serve, nullptr);
}

Status CpuGperftools::start(const CpuRequest& request) {
  release();
  // libprofiler opens its file without O_EXCL: only in a folder of our own is its name safe.
  TextBuffer<1000> name;
  name.put(request.scratch_folder).put("/.holmes-").num(sys::call(SYS_getpid)).put('-');
  name.hex(static_cast<uint64_t>(monotonic_ns()));
  folder_.assign(name.view());
  const long made = sys::call(SYS_mkdirat, AT_FDCWD, folder_.c_str(), 0700);
  if (made < 0) return {"make a folder for gperftools' profile", static_cast<int>(-made)};
  file_ = folder_;
  file_.append("/cpu");
  g_file = file_.c_str();
  started_ns_ = monotonic_ns();
  const int error = give(kStart);
  if (error == 0) return Status::ok();
  release();
  return {"start gperftools' profiler (libprofiler.so.0)", error};
}

Status CpuGperftools::stop(Arena& arena, Profile& profile, int64_t&) {
  const int error = give(kStop);
  if (error != 0) return {"stop gperftools' profiler", error};
  const Status status = parse_gperftools_profile(read_words(arena, file_), stacks_, profile.period);
  if (!status.is_ok()) return status;
  size_t rows = 0;
  for (StackId id = 1; id <= stacks_.size(); ++id) rows += stacks_.totals(id).first != 0;
  const auto samples = arena.array<Sample>(rows);
  if (samples.size() < rows) return {"allocate the profile", ENOMEM};
  size_t row = 0;
  for (StackId id = 1; id <= stacks_.size(); ++id) {
    const auto count = static_cast<int64_t>(stacks_.totals(id).first);
    if (count == 0) continue;
    samples[row].stack = id;
    samples[row].values[0] = count;
    samples[row].values[1] = count * profile.period;
    ++row;
  }
  profile.kind = ProfileKind::cpu;
  profile.stacks = &stacks_;
  profile.samples = samples;
  profile.duration_ns = monotonic_ns() - started_ns_;
  profile.dropped = stacks_.lost();
  return Status::ok();
}

void CpuGperftools::release() {
  stacks_.clear();
  if (!file_.empty()) sys::call(SYS_unlinkat, AT_FDCWD, file_.c_str(), 0);
  if (!folder_.empty()) sys::call(SYS_unlinkat, AT_FDCWD, folder_.c_str(), AT_REMOVEDIR);
  file_.clear();
  folder_.clear();
}

}  // namespace holmes
