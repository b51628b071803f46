#include "output/manifest.h"

#include "output/json.h"
#include "output/utc_time.h"

#ifndef HOLMES_VERSION
#error "HOLMES_VERSION comes from the build"
#endif

namespace holmes {
namespace {

void put_time(JsonWriter& json, std::string_view key, int64_t us) {
  TextBuffer<32> text;
  print_iso_time(us, text);
  json.key(key).string(text.view());
}

void put_trigger(const EventRecord& record, JsonWriter& json) {
  json.key("event").string(record.event);
  json.key("kind").string(kind_name(record.kind));
  json.key("reason").string(event_reason_name(record.reason));
  json.key("current").decimal(record.current);
  json.key("average").decimal(record.average);
  json.key("previous").begin('[');
  for (size_t i = 0; i < record.history.size(); ++i) json.decimal(record.history[i]);
  json.end(']');
  json.key("rule").begin('{');
  json.key("min").decimal(record.rule.min).key("diff").decimal(record.rule.diff);
  json.key("abs").decimal(record.rule.abs).key("max").decimal(record.rule.max).end('}');
  json.key("unit").string(record.kind == Kind::thread ? "threads" : "percent");
  json.key("limit").begin('{');
  json.key("memory_bytes").unum(record.limit_memory_bytes);
  json.key("cpu_cores").decimal(record.limit_cpu_cores, 3).end('}');
}

void put_process(const EventRecord& record, JsonWriter& json) {
  put_time(json, "time", record.decided_us);
  json.key("host").string(record.host);
  json.key("pid").num(record.pid);
  json.key("ppid").num(record.ppid);
  json.key("comm").string(record.comm);
  json.key("exe").string(record.exe);
  json.key("build_id").string(record.build_id);
  put_time(json, "start_time", record.start_us);
  json.key("cgroup").string(record.cgroup);
  json.key("threads").unum(record.threads);
}

struct BreakdownKey {
  std::string_view key;
  uint64_t MemoryBreakdown::*field;
  bool counter;  // known without a walk over the page tables
};
constexpr BreakdownKey kBreakdown[] = {
    {"pss_bytes", &MemoryBreakdown::pss, false},
    {"anonymous_bytes", &MemoryBreakdown::anonymous, true},
    {"file_bytes", &MemoryBreakdown::file, true},
    {"shmem_bytes", &MemoryBreakdown::shmem, true},
    {"swap_bytes", &MemoryBreakdown::swap, true},
    {"locked_bytes", &MemoryBreakdown::locked, true},
    {"private_dirty_bytes", &MemoryBreakdown::private_dirty, false},
    {"private_clean_bytes", &MemoryBreakdown::private_clean, false},
    {"shared_dirty_bytes", &MemoryBreakdown::shared_dirty, false},
    {"shared_clean_bytes", &MemoryBreakdown::shared_clean, false},
    {"huge_bytes", &MemoryBreakdown::huge, false},
};

void put_memory(const EventRecord& record, JsonWriter& json) {
  json.key("memory").begin('{');
  json.key("rss_bytes").unum(record.rss_bytes);
  json.key("live_heap_bytes").unum(record.live_heap_bytes);
  if (record.breakdown) {
    for (const BreakdownKey& each : kBreakdown) {
      if (record.breakdown->counters_only && !each.counter) continue;
      json.key(each.key).unum((*record.breakdown).*each.field);
    }
  }
  json.end('}');
  json.key("allocator").begin('{').key("name").string(record.allocator);
  json.key("figures").begin('{');
  for (const AllocatorFigure& figure : record.figures) json.key(figure.name).unum(figure.value);
  json.end('}').end('}');
}

void put_files(const EventRecord& record, JsonWriter& json) {
  json.key("files").begin('[');
  for (const FileRecord& file : record.files) {
    json.begin('{').key("profile").string(profile_name(file.profile));
    json.key("name").string(file.name).key("bytes").unum(file.bytes);
    json.key("samples").unum(file.samples).key("dropped").unum(file.dropped).end('}');
  }
  json.end(']');
}

void put_cost(const EventRecord& record, ManifestForm form, JsonWriter& json) {
  json.key("capture_us").num(record.capture_us);
  json.key("max_pause_us").num(record.max_pause_us);
  json.key("write_us").num(record.write_us);
  if (form == ManifestForm::draft) json.key("decided_ns").num(record.decided_ns);
  json.key("symbolized").boolean(form == ManifestForm::finished && record.symbolized);
  json.key("notes").begin('[');
  for (const auto& note : record.notes) json.string(note);
  json.end(']');
  json.key("holmes").string(HOLMES_VERSION);
}

}  // namespace

std::string_view event_reason_name(EventReason reason) {
  switch (reason) {
    case EventReason::abs: return "abs";
    case EventReason::diff: return "diff";
    case EventReason::surge: return "surge";
    case EventReason::manual: return "manual";
    case EventReason::recovered: return "recovered";
  }
  return "";
}

Status write_manifest(const EventRecord& record, ManifestForm form, ByteSink& sink) {
  JsonWriter json(sink);
  json.begin('{');
  put_trigger(record, json);
  put_process(record, json);
  put_memory(record, json);
  put_files(record, json);
  put_cost(record, form, json);
  json.end('}');
  return json.status().is_ok() ? sink.write("\n") : json.status();
}

}  // namespace holmes
