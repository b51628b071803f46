#include "cli/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/file.h"
#include "cli/error.h"

namespace holmes::cli {

namespace {

[[noreturn]] void fail(const char* action, const std::string& path, int error) {
  throw Error(std::string("cannot ") + action + " " + path + ": " + errno_text(error));
}

std::string read_to_end(int fd, const std::string& path, uint64_t cap) {
  std::string bytes;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", path, errno);
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(got) > cap) {
      throw Error(path + " is larger than " + std::to_string(cap) + " bytes");
    }
    bytes.append(buffer, static_cast<size_t>(got));
  }
}

// Removes the unfinished file unless it reached its name.
class PartFile {
 public:
  explicit PartFile(const std::string& path) : path_(path) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    fd_ = UniqueFd(open(path_.c_str(), flags, 0600));
    // A part left by somebody who was killed: nobody reads or continues one.
    if (!fd_.valid() && errno == EEXIST && unlink(path_.c_str()) == 0) {
      fd_ = UniqueFd(open(path_.c_str(), flags, 0600));
    }
    if (!fd_.valid()) fail("create", path_, errno);
  }
  ~PartFile() {
    if (!renamed_) unlink(path_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  void resemble(const struct stat& like) {
    // The owner first: changing it clears mode bits.
    if (fchown(fd_.get(), like.st_uid, like.st_gid) != 0) errno = 0;
    if (fchmod(fd_.get(), like.st_mode & 07777) != 0) fail("set the mode of", path_, errno);
  }
  void finish(const std::string& name) {
    if (fsync(fd_.get()) != 0) fail("sync", path_, errno);
    if (rename(path_.c_str(), name.c_str()) != 0) fail("rename to", name, errno);
    renamed_ = true;
  }

 private:
  std::string path_;
  UniqueFd fd_;
  bool renamed_ = false;
};

}  // namespace

std::string errno_text(int error) {
  return strerrordesc_np(error) ? strerrordesc_np(error) : "error";
}

std::string read_whole_file(const std::string& path, uint64_t cap) {
  // O_NONBLOCK: opening a planted FIFO must not wait for a writer.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) fail("read", path, errno);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) fail("read", path, errno);
  if (!S_ISREG(info.st_mode)) throw Error(path + " is not a regular file");
  return read_to_end(fd.get(), path, cap);
}

std::string read_proc_file(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  try {
    return read_to_end(fd.get(), path, 1 << 20);
  } catch (const Error&) {
    return {};
  }
}

bool is_regular_file(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string part_path(const std::string& path) {
  return folder_of(path) + "/." + name_of(path) + ".part";
}

void write_file_whole(const std::string& path, std::string_view bytes, const struct stat* like) {
  PartFile part(part_path(path));
  part.write(bytes);
  if (like != nullptr) part.resemble(*like);
  part.finish(path);
}

void sync_folder(const std::string& folder) {
  UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid() && fsync(fd.get()) != 0) errno = 0;
}

}  // namespace holmes::cli
