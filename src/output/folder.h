// Names in one folder, by system calls relative to its descriptor: what stands at the folder's path
// may change meanwhile.
// Context: monitor thread, the command. No allocation.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace holmes {

// Of the entry itself: a symbolic link is not followed. 0 or -errno.
long stat_entry(int folder, const char* name, struct stat& out);
bool entry_exists(int folder, const char* name);
// A regular file of our own user: the only thing that holmes ever removes.
bool is_own_file(int folder, const char* name, struct stat& out);

// Gives `from` the name `to`, which must not exist. 0 or -errno, -EEXIST if it does.
long rename_to_new(int folder, const char* from, const char* to);
long remove_entry(int folder, const char* name);

// fsync; what cannot be synced (EINVAL on some file systems) counts as synced. 0 or -errno.
long sync_descriptor(int fd);

namespace detail {
// The next part of the folder's listing: bytes in `buffer`, 0 at the end, -errno.
long read_entries(int folder, std::span<char> buffer);
long rewind_entries(int folder);
struct Entry {
  const char* name;  // terminated
  size_t size;       // of the record
};
Entry entry_at(const char* record);
}  // namespace detail

// Calls fn(const char* name) for every entry, "." and ".." too. An entry that is renamed or removed
// meanwhile may be seen or not. 0 or -errno. `buffer`: 1 KiB at least, aligned to 8.
template <typename Fn>
long for_each_entry(int folder, std::span<char> buffer, Fn fn) {
  long bytes = detail::rewind_entries(folder);
  if (bytes < 0) return bytes;
  while ((bytes = detail::read_entries(folder, buffer)) > 0) {
    for (long at = 0; at < bytes;) {
      const detail::Entry entry = detail::entry_at(buffer.data() + at);
      fn(entry.name);
      at += static_cast<long>(entry.size);
    }
  }
  return bytes;
}

}  // namespace holmes
