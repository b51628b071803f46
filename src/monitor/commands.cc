#include "monitor/commands.h"

#include <sys/syscall.h>

#include <cstring>

#include "base/clock.h"
#include "base/slice.h"
#include "base/text.h"
#include "config/on_dump.h"
#include "monitor/haste.h"
#include "platform/child.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr int64_t kSymbolizeDeadline = 90'000'000'000;  // its own is 60 s: it should end by itself
constexpr int64_t kOnDumpDeadline = int64_t{on_dump::kLimitSeconds} * 1'000'000'000;

std::span<const char*> g_environment;  // each with on_dump::kHostVariable in front

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
  constexpr std::string_view kPreload = "LD_PRELOAD=";
  const std::string_view text(variable);
  const auto copy = arena.array<char>(on_dump::kHostVariable.size() + text.size() + 1);
  if (copy.empty() || text.starts_with(on_dump::kEvent)) return nullptr;
  Text out(copy.first(copy.size() - 1));
  out.put(on_dump::kHostVariable);
  if (text.starts_with(kPreload)) {
    copy_preload_without_us(after(text, kPreload.size()), out);
    if (out.view().ends_with('=')) return nullptr;
  } else {
    out.put(text);
  }
  copy[out.size()] = '\0';
  return copy.data();
}

// nullptr, where an environment ends, if there is no memory for it.
const char* text_of(Arena& arena, std::string_view name, std::string_view value) {
  const auto text = arena.array<char>(name.size() + value.size() + 1);
  if (text.empty()) return nullptr;
  Text out(text.first(text.size() - 1));
  out.put(name).put(value);
  text[out.size()] = '\0';
  return text.data();
}

}  // namespace

bool symbolize_event(const Config& config, const Path& command, const Path& draft, Arena& arena) {
  const char* const argv[] = {command.c_str(), "symbolize", "--event", draft.c_str(), nullptr};
  const char* const own[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                             "LC_ALL=C", "DEBUGINFOD_URLS="};
  const auto envp = arena.array<const char*>(std::size(own) + g_environment.size() + 2);
  if (envp.empty()) return false;
  size_t count = 0;
  for (const char* variable : own) envp[count++] = variable;
  if (!config.on_dump.empty()) {
    envp[count++] = text_of(arena, on_dump::kCommand, config.on_dump.view());
    for (const char* variable : g_environment) envp[count++] = variable;
  }
  envp[count] = nullptr;
  return run_and_wait({command.c_str(), argv, envp.data()}, kSymbolizeDeadline) == 0;
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
  if (envp.empty()) return 127;
  size_t count = 0;
  for (const char* variable : g_environment) {
    envp[count++] = variable + on_dump::kHostVariable.size();
  }
  envp[count++] = text_of(arena, on_dump::kEvent, manifest.view());
  envp[count] = nullptr;
  const char* const argv[] = {"sh", "-c", config.on_dump.c_str(), nullptr};
  return run_and_wait({"/bin/sh", argv, envp.data(), true}, kOnDumpDeadline);
}

}  // namespace holmes
