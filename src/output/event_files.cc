#include "output/event_files.h"

#include <errno.h>

#include "base/clock.h"
#include "output/cpu_legacy.h"
#include "output/folder.h"
#include "output/gzip_stored.h"
#include "output/pprof_proto.h"
#include "output/text_profile.h"
#include "output/utc_time.h"

namespace holmes {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;
constexpr Status kNoMemory = {"allocate memory for a dump", ENOMEM};

Status write_compressed(const Profile& profile, Arena& arena, ByteSink& sink) {
  const std::span<char> block = arena.array<char>(GzipStoredSink::kMaxBlock);
  if (block.empty()) return kNoMemory;
  GzipStoredSink gzip(sink, block);
  const Status written = write_pprof(profile, arena, gzip);
  return written.is_ok() ? gzip.finish() : written;
}

Status write_in_format(const Profile& profile, const OutputOptions& options, Arena& arena,
                       ByteSink& sink) {
  if (options.format == DumpFormat::binary) return write_compressed(profile, arena, sink);
  if (profile.kind == ProfileKind::cpu) return write_cpu_legacy(profile, sink);
  return write_text_profile(profile, options.full_stack, arena, sink);
}

// Aside, through a buffer, to `stage`; `write(sink)` makes the content.
template <typename Write>
Status write_file(const DumpDir& dir, std::string_view name, Stage stage, Arena& arena,
                  uint64_t& bytes, Write write) {
  const std::span<char> buffer = arena.array<char>(kBufferBytes);
  if (buffer.empty()) return kNoMemory;
  AsideFile file(dir);
  if (const Status created = file.create(name); !created.is_ok()) return created;
  FdSink sink(file.fd(), buffer);
  if (const Status written = write(sink); !written.is_ok()) return written;
  if (const Status flushed = sink.flush(); !flushed.is_ok()) return flushed;
  bytes = sink.bytes();
  return file.commit(stage);
}

Status write_manifest_file(const DumpDir& dir, const EventRecord& record, ManifestForm form,
                           Arena& arena) {
  const Stage stage = form == ManifestForm::draft ? Stage::raw : Stage::final_name;
  uint64_t bytes = 0;
  return write_file(dir, manifest_name(record.event), stage, arena, bytes,
                    [&](ByteSink& sink) { return write_manifest(record, form, sink); });
}

// A profile that is not there in raw form, but under its final name, was finished by the command.
Status publish(const DumpDir& dir, FileRecord& file) {
  const Status published = publish_raw_file(dir, file.name);
  struct stat info;
  const bool there = stat_entry(dir.fd(), file.name.c_str(), info) == 0;
  if (there) file.bytes = static_cast<uint64_t>(info.st_size);
  if (published.is_ok()) return {};
  if (!there) return published;
  remove_entry(dir.fd(), staged_name(file.name, Stage::raw).c_str());
  return {};
}

}  // namespace

Status write_profile_file(const DumpDir& dir, const Profile& profile, const OutputOptions& options,
                          Arena& arena, EventRecord& record) {
  FileRecord file;
  file.profile = profile.kind;
  file.name = profile_file_name(record.event, profile.kind, options.format == DumpFormat::text);
  file.samples = profile.samples.size();
  file.dropped = profile.dropped;
  const Status written =
      write_file(dir, file.name, Stage::raw, arena, file.bytes,
                 [&](ByteSink& sink) { return write_in_format(profile, options, arena, sink); });
  if (!written.is_ok()) return written;
  FileRecord* const place = record.files.add();
  if (place == nullptr) return {"add a file to the event", ENOSPC};
  *place = file;
  return {};
}

Status write_draft(const DumpDir& dir, const EventRecord& record, Arena& arena) {
  return write_manifest_file(dir, record, ManifestForm::draft, arena);
}

Status finish_event(const DumpDir& dir, EventRecord& record, Arena& arena) {
  for (FileRecord& file : record.files) {
    if (const Status published = publish(dir, file); !published.is_ok()) return published;
  }
  record.write_us = (monotonic_ns() - record.decided_ns) / 1000;
  // The command may have been stopped between its last two steps.
  remove_entry(dir.fd(), staged_name(manifest_name(record.event), Stage::part).c_str());
  const Status written = write_manifest_file(dir, record, ManifestForm::finished, arena);
  const bool finished_before = written.error() == EEXIST;
  if (!written.is_ok() && !finished_before) return written;
  remove_entry(dir.fd(), staged_name(manifest_name(record.event), Stage::raw).c_str());
  return {};
}

void discard_event(const DumpDir& dir, const EventRecord& record) {
  const auto discard = [&](std::string_view name) {
    for (const Stage stage : {Stage::part, Stage::raw}) {
      remove_entry(dir.fd(), staged_name(name, stage).c_str());
    }
  };
  discard(manifest_name(record.event));
  for (const FileRecord& file : record.files) discard(file.name);
}

}  // namespace holmes
