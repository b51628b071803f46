// Whole files in, whole files out.
//
// Promises: what is read is a regular file of bounded size, so that a pipe or a device planted in a
// shared folder cannot hang the command; what is written appears under its name complete or not at
// all. Leaves what the bytes mean to others.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holmes::cli {

inline constexpr uint64_t kMaxFileBytes = uint64_t{1} << 30;

// Throws Error when it cannot be read, is no regular file or is larger than `cap`.
std::string read_whole_file(const std::string& path, uint64_t cap = kMaxFileBytes);

// A file of /proc or /sys, which has no size; empty when it cannot be read.
std::string read_proc_file(const std::string& path);

bool is_regular_file(const std::string& path);

std::string folder_of(const std::string& path);  // "." where there is none
std::string name_of(const std::string& path);

// Where the file is kept until it is complete: <dir>/.<name>.part
std::string part_path(const std::string& path);

// Writes `bytes` aside, syncs, renames to `path`. On any failure nothing is left behind and an
// Error is thrown. `like`: give the new file that mode and, where allowed, that owner.
void write_file_whole(const std::string& path, std::string_view bytes,
                      const struct stat* like = nullptr);

// Makes a rename or unlink in `folder` last; best effort.
void sync_folder(const std::string& folder);

}  // namespace holmes::cli
