#include "capture/tasks.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "base/file.h"
#include "base/text.h"
#include "platform/raw_thread.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

struct Entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

int parse_tid(const char* name) {
  int tid = 0;
  for (; *name >= '0' && *name <= '9'; ++name) tid = tid * 10 + (*name - '0');
  return *name == '\0' ? tid : 0;
}

// Calls visit(tid) for each thread. False: /proc could not be read to its end.
template <typename Visit>
bool for_each_task(Visit visit) {
  const UniqueFd folder = open_file("/proc/self/task", O_RDONLY | O_DIRECTORY);
  if (!folder.valid()) return false;
  alignas(Entry) char buffer[8192];
  for (;;) {
    const long size = sys::call(SYS_getdents64, folder.get(), buffer, sizeof buffer);
    if (size <= 0) return size == 0;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const Entry*>(buffer + at);
      const int tid = parse_tid(entry->name);
      if (tid > 0) visit(tid);
      at += entry->length;
    }
  }
}

}  // namespace

std::span<int> list_tasks(Arena& arena) {
  size_t capacity = 1024;
  for (;;) {
    const auto tids = arena.array<int>(capacity);
    size_t count = 0;
    const bool whole = for_each_task([&](int tid) {
      if (RawThread::is_ours(tid)) return;
      if (count < tids.size()) tids[count] = tid;
      ++count;
    });
    if (!whole || tids.empty()) return {};
    if (count <= tids.size()) return tids.first(count);
    capacity = count + count / 4;
  }
}

TaskFolder::TaskFolder() : fd_(open_file("/proc/self/task", O_PATH | O_DIRECTORY)) {}

UniqueFd TaskFolder::open(int tid, const char* file) const {
  TextBuffer<32> path;
  path.num(tid).put('/').put(file);
  const FixedString<32> name(path.view());
  const long fd = sys::call(SYS_openat, fd_.get(), name.c_str(), O_RDONLY | O_CLOEXEC);
  return UniqueFd(static_cast<int>(fd));
}

long TaskFolder::read(int tid, const char* file, std::span<char> buffer) const {
  const UniqueFd fd = open(tid, file);
  return fd.valid() ? read_proc_file(fd, buffer) : fd.get();
}

long read_proc_file(const UniqueFd& fd, std::span<char> buffer) {
  return sys::call(SYS_pread64, fd.get(), buffer.data(), buffer.size(), 0);
}

FixedString<64> task_path(int tid, const char* file) {
  TextBuffer<64> path;
  path.put("/proc/self/task/").num(tid).put('/').put(file);
  return FixedString<64>(path.view());
}

FixedString<16> task_name(int tid) {
  char buffer[32];
  const long size = read_file(task_path(tid, "comm").c_str(), buffer);
  if (size <= 0) return {};
  const size_t length = static_cast<size_t>(size) - (buffer[size - 1] == '\n' ? 1 : 0);
  return FixedString<16>({buffer, length});
}

clockid_t task_cpu_clock(int tid) {
  return static_cast<clockid_t>((~static_cast<unsigned>(tid) << 3) | 6u);
}

int64_t task_cpu_ns(int tid) {
  timespec used{};
  if (sys::call(SYS_clock_gettime, task_cpu_clock(tid), &used) != 0) return -1;
  return int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
}

}  // namespace holmes
