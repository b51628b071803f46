#include "monitor/event.h"

#include <errno.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "base/slice.h"
#include "monitor/allocator_figures.h"
#include "monitor/commands.h"
#include "monitor/host_notes.h"
#include "monitor/log_settings.h"
#include "monitor/process_info.h"
#include "monitor/profiles.h"
#include "output/decision_line.h"
#include "output/event_files.h"
#include "output/log.h"
#include "output/retention.h"
#include "platform/credentials.h"
#include "platform/syscall.h"

namespace holmes {
namespace {

constexpr size_t kTextBuffer = 4096;
constexpr int64_t kAllocatorWait = 50'000'000;

// Everything that one event needs, in the event's arena.
struct Making {
  const Config& config;
  const Trigger& trigger;
  Arena& arena;
  Logger logger;
  DumpDir dir;
  LazyMemoryMap map;
  CaptureCost cost;
  EventRecord record;
  std::string_view comments[2];
  char comment_text[512];

  Making(const Config& c, const Trigger& t, Arena& a) : config(c), trigger(t), arena(a), map(a) {}
};

Decision decision_of(const Making& m) {
  return {m.trigger.kind, &m.record.rule, &m.trigger.history, event_reason_name(m.record.reason)};
}

void begin_record(Making& m) {
  const Trigger& trigger = m.trigger;
  EventRecord& record = m.record;
  record.kind = trigger.kind;
  record.reason = trigger.verdict.reason == Reason::abs ? EventReason::abs : EventReason::diff;
  record.current = trigger.verdict.current;
  record.average = trigger.verdict.average;
  record.history = trigger.history;
  record.rule = m.config.of(trigger.kind).rule;
  record.limit_memory_bytes = trigger.limits.memory_bytes;
  record.limit_cpu_cores = trigger.limits.cpu_cores;
  record.decided_us = trigger.decided_us;
  record.decided_ns = trigger.decided_ns;
  record.rss_bytes = trigger.reading.rss_bytes;
  record.threads = trigger.reading.threads;
  record.live_heap_bytes = trigger.live_heap_bytes;
}

// The trigger in words: what a reader of the profile alone sees.
void compose_comments(Making& m) {
  Text text(m.comment_text);
  text.put("holmes " HOLMES_VERSION ": ").put(m.record.event.view());
  const size_t head = text.size();
  print_dump_line(decision_of(m), {}, text);
  m.comments[0] = first(text.view(), head);
  m.comments[1] = after(text.view(), head);
}

// Ids are followed before each step: a host that has given up root in the middle of an event finds
// none of its files made by root, and no command run by root, afterwards.
Status write_profile(void* context, Profile& profile) {
  adopt_process_credentials();
  auto& m = *static_cast<Making*>(context);
  if (!m.map.is_readable()) return {"read /proc/self/maps", EIO};
  profile.mappings = m.map.get().executable;
  profile.memory_map = m.map.get().text;
  profile.comments = m.comments;
  profile.time_ns = m.trigger.decided_us * 1000;
  const OutputOptions options{m.config.format, m.config.full_stack};
  return write_profile_file(m.dir, profile, options, m.arena, m.record);
}

void log_failure(Making& m, const Status& status) {
  TextBuffer<kTextBuffer> line;
  line.put("dump of ").put(kind_name(m.trigger.kind)).put(" failed: cannot ").put(status.action());
  line.put(": ").put(error_name(status.error())).put(" (").num(status.error());
  line.put("), dump path : ").put(m.config.dump_path.view());
  m.logger.line(LogLevel::error, line.view());
}

void log_event(Making& m) {
  std::string_view files[5];
  Path paths[5];
  size_t count = 0;
  for (const FileRecord& file : m.record.files) {
    paths[count] = m.dir.path_of(file.name.view());
    files[count] = paths[count].view();
    ++count;
  }
  paths[count] = m.dir.path_of(manifest_name(m.record.event.view()).view());
  files[count] = paths[count].view();
  ++count;
  auto* buffer = static_cast<char*>(m.arena.allocate(8192));
  if (buffer == nullptr) return;
  Text line({buffer, 8192});
  print_dump_line(decision_of(m), {files, count}, line);
  m.logger.line(LogLevel::info, line.view());
}

// After the capture: the moment of the spike comes first.
void describe_host(Making& m) {
  describe_process(m.map.get(), m.record);
  // A CPU or thread spike need not allocate: nobody waits long for an answer then.
  const bool memory = m.trigger.kind == Kind::mem || m.trigger.kind == Kind::heap;
  describe_allocator(m.record, memory ? kAllocatorWait : kAllocatorWait / 5, m.cost.max_pause_ns);
  add_host_notes(m.record);
  if (!memory || m.config.heap_sample_bytes != 0) return;
  if (FixedString<191>* note = m.record.notes.add())
    note->assign("no heap profile: HOLMES_HEAP_SAMPLE is 0");
}

Status capture_and_write(Making& m) {
  Status status = m.dir.open(m.config.dump_path.view());
  if (!status.is_ok()) return status;
  const int pid = static_cast<int>(sys::call(SYS_getpid));
  m.record.event =
      m.dir.new_event(m.trigger.decided_us, process_comm().view(), pid, m.trigger.kind);
  compose_comments(m);
  const ProfileSink sink{write_profile, &m};
  status = capture_profiles(m.config, m.trigger.kind, m.map, m.arena, m.cost, sink);
  if (!status.is_ok()) return status;
  describe_host(m);
  m.record.capture_us = (m.cost.last_sample_ns - m.trigger.decided_ns) / 1000;
  m.record.max_pause_us = (m.cost.max_pause_ns + 999) / 1000;
  m.record.write_us = (monotonic_ns() - m.trigger.decided_ns) / 1000;
  return write_draft(m.dir, m.record, m.arena);
}

void publish(Making& m) {
  adopt_process_credentials();
  const Path command = m.config.symbolize ? find_command(m.map.get()) : Path();
  const Path draft =
      m.dir.path_of(staged_name(manifest_name(m.record.event.view()).view(), Stage::raw).view());
  if (!command.empty() && symbolize_event(m.config, command, draft, m.arena)) return;
  if (m.config.symbolize) {
    TextBuffer<kTextBuffer> line;
    line.put("functions and lines are missing in ").put(m.record.event.view());
    line.put(command.empty() ? ": the command holmes is not beside libholmes.so"
                             : ": holmes symbolize failed");
    m.logger.line(LogLevel::warn, line.view());
  }
  const Status status = finish_event(m.dir, m.record, m.arena);
  if (!status.is_ok()) log_failure(m, status);
}

void copy_text_to_log(Making& m) {
  if (!m.config.dump_to_logger || m.config.format != DumpFormat::text) return;
  const auto buffer = m.arena.array<char>(65536);
  if (buffer.empty()) return;
  for (const FileRecord& file : m.record.files) {
    if (file.profile == ProfileKind::cpu) continue;  // has no text form
    m.logger.append_file(m.dir.path_of(file.name.view()).c_str(), buffer);
  }
}

// Before the event is published, whose drafts count already: whatever happens to the host then, the
// folder keeps to its limits. And afterwards, as names make profiles larger.
void keep_within_limits(Making& m) {
  const RetentionLimits limits{m.config.max_dumps, m.config.max_bytes};
  enforce_retention(m.dir, limits, m.arena, realtime_us());
}

void announce(Making& m) {
  if (m.config.on_dump.empty()) return;
  adopt_process_credentials();
  const Path manifest = m.dir.path_of(manifest_name(m.record.event.view()).view());
  const int code = run_on_dump(m.config, manifest, m.arena);
  if (code == 0) return;
  TextBuffer<kTextBuffer> line;
  line.put("HOLMES_ON_DUMP ended with ").num(code).put(" for ").put(m.record.event.view());
  m.logger.line(LogLevel::warn, line.view());
}

}  // namespace

bool Event::make() {
  Arena arena;
  auto* memory = arena.allocate(sizeof(Making));
  if (memory == nullptr) return false;
  Making& m = *new (memory) Making(*config_, trigger_, arena);
  m.logger.configure(log_settings(*config_));
  begin_record(m);
  const Status status = capture_and_write(m);
  if (!status.is_ok()) {
    log_failure(m, status);
    discard_event(m.dir, m.record);
    m.~Making();
    return false;
  }
  log_event(m);
  keep_within_limits(m);
  publish(m);
  copy_text_to_log(m);
  keep_within_limits(m);
  adopt_orphans(m.dir, realtime_us());
  announce(m);
  m.~Making();
  return true;
}

void Event::run(void* self) {
  auto* event = static_cast<Event*>(self);
  event->succeeded_ = event->make();
}

bool Event::start(const Config& config, const Trigger& trigger) {
  config_ = &config;
  trigger_ = trigger;
  succeeded_ = false;
  running_ = thread_.start(run, this, "holmes-dump") == 0;
  return running_;
}

bool Event::poll(bool& succeeded) {
  if (!running_ || !thread_.finished()) return false;
  thread_.release();
  running_ = false;
  succeeded = succeeded_;
  return true;
}

void Event::forget_after_fork() {
  thread_.forget_after_fork();
  running_ = false;
}

}  // namespace holmes
