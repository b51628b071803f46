#include "platform/seccomp.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <string_view>

#include "platform/syscall.h"

namespace holmes {
namespace {

// The number behind `name` in a status file's text; -1: there is none.
long number_after(std::string_view text, std::string_view name) {
  const size_t at = text.find(name);
  if (at == std::string_view::npos) return -1;
  long value = 0;
  for (size_t i = at + name.size(); i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// How many filters a task is under; kernels before 5.9 say only that there are some.
long filters_in(std::string_view status) {
  if (number_after(status, "\nSeccomp:\t") <= 0) return 0;
  const long filters = number_after(status, "\nSeccomp_filters:\t");
  return filters < 0 ? 1 : filters;
}

// -1: not known.
long filters_of(const char* status) {
  char buffer[3072];
  const long fd = sys::call(SYS_openat, AT_FDCWD, status, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const long size = sys::call(SYS_read, fd, buffer, sizeof buffer);
  sys::call(SYS_close, fd);
  if (size <= 0) return -1;
  return filters_in({buffer, static_cast<size_t>(size)});
}

long g_at_start = 0;

}  // namespace

bool has_filter_of_its_own() {
  const long own = filters_of("/proc/self/status");
  g_at_start = own;
  return own > 0 && own != filters_of("/proc/1/status");
}

bool has_new_filter() { return filters_of("/proc/thread-self/status") > g_at_start; }

bool shows_new_filter(std::string_view status) { return filters_in(status) > g_at_start; }

}  // namespace holmes
