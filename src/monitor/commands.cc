#include "monitor/commands.h"

#include <sys/syscall.h>

#include <cstring>

#include "base/clock.h"
#include "base/slice.h"
#include "base/text.h"
#include "monitor/haste.h"
#include "platform/child.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr int64_t kSymbolizeDeadline = 90'000'000'000;  // its own is 60 s: it should end by itself
constexpr int64_t kOnDumpDeadline = 600'000'000'000;

std::span<const char*> g_environment;

// A child that has been killed is waited for without regard to haste, which would make a busy loop.
void pause(int64_t ns, bool killed) {
  if (!killed) return haste::sleep_until(monotonic_ns() + ns);
  const timespec time = to_timespec(1'000'000);
  sys::call(SYS_nanosleep, &time, nullptr);
}

// The exit code, or 128 + signal; 127 where nothing could be started.
int run_and_wait(const ChildCommand& command, int64_t limit_ns) {
  Child child;
  if (!child.start(command)) return 127;
  const int64_t deadline = monotonic_ns() + limit_ns;
  int64_t pause_ns = 1'000'000;
  int exit_code = 0;
  bool killed = false;
  while (!child.poll(exit_code)) {
    if (!killed && (haste::asked() || monotonic_ns() > deadline)) {
      child.kill();
      killed = true;
    }
    pause(pause_ns, killed);
    if (pause_ns < 50'000'000) pause_ns *= 2;
  }
  child.release();
  return exit_code;
}

bool is_holmes_library(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.starts_with("libholmes.so");
}

// LD_PRELOAD=…: the other libraries in it stay.
void copy_preload_without_us(std::string_view list, Text& out) {
  out.put("LD_PRELOAD=");
  bool any = false;
  while (!list.empty()) {
    const size_t end = list.find_first_of(": ");
    const std::string_view item = first(list, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    if (item.empty() || is_holmes_library(item)) continue;
    if (any) out.put(':');
    out.put(item);
    any = true;
  }
}

const char* copy_variable(Arena& arena, const char* variable) {
  const size_t size = std::strlen(variable) + 1;
  auto* copy = static_cast<char*>(arena.allocate(size));
  if (copy == nullptr) return nullptr;
  constexpr std::string_view kPreload = "LD_PRELOAD=";
  const std::string_view text(variable, size - 1);
  if (text.starts_with(kPreload)) {
    Text out({copy, size - 1});
    copy_preload_without_us(after(text, kPreload.size()), out);
    if (out.size() == kPreload.size()) return nullptr;
    copy[out.size()] = '\0';
  } else {
    std::memcpy(copy, variable, size);
  }
  return copy;
}

}  // namespace

bool symbolize_event(const Path& command, const Path& draft) {
  const char* const argv[] = {command.c_str(), "symbolize", "--event", draft.c_str(), nullptr};
  const char* const envp[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                              "LC_ALL=C", "DEBUGINFOD_URLS=", nullptr};
  return run_and_wait({command.c_str(), argv, envp}, kSymbolizeDeadline) == 0;
}

void remember_environment(const char* const* environment) {
  // Kept for the life of the process, so never given back, not even at exit.
  void* memory = map_pages(sizeof(Arena));
  if (memory == nullptr) return;
  Arena& arena = *new (memory) Arena();
  size_t count = 0;
  while (environment[count] != nullptr) ++count;
  const auto copies = arena.array<const char*>(count + 1);
  size_t kept = 0;
  for (size_t i = 0; i < count && !copies.empty(); ++i) {
    if (const char* copy = copy_variable(arena, environment[i])) copies[kept++] = copy;
  }
  g_environment = copies.first(kept);
}

int run_on_dump(const Config& config, const Path& manifest, Arena& arena) {
  const auto envp = arena.array<const char*>(g_environment.size() + 2);
  const auto event = arena.array<char>(manifest.size() + 16);
  if (envp.empty() || event.empty()) return 127;
  Text(event).put("HOLMES_EVENT=").put(manifest.view());
  size_t count = 0;
  for (const char* variable : g_environment) {
    if (std::strncmp(variable, "HOLMES_EVENT=", 13) != 0) envp[count++] = variable;
  }
  envp[count] = event.data();
  const char* const argv[] = {"sh", "-c", config.on_dump.c_str(), nullptr};
  return run_and_wait({"/bin/sh", argv, envp.data(), true}, kOnDumpDeadline);
}

}  // namespace holmes
