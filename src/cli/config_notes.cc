#include "cli/config_notes.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cli/error.h"
#include "cli/file_io.h"

namespace holmes::cli {

namespace {

bool allows(const std::string& path, int mode) {
  return faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

// What is missing is made by the library, parents included: what counts is the first that is there.
std::string existing_folder(std::string path) {
  while (!allows(path, F_OK) && errno == ENOENT && path != "/") path = folder_of(path);
  return path;
}

}  // namespace

std::vector<std::string> notes_on(const Config& config) {
  std::vector<std::string> notes;
  if (!config.enable) return notes;
  const bool dumps_heap = config.of(Kind::mem).enabled || config.of(Kind::heap).enabled;
  if (config.heap_sample_bytes == 0 && dumps_heap) {
    notes.push_back(
        "HOLMES_HEAP_SAMPLE=0: HOLMES_MEM and HOLMES_HEAP have no heap profile to dump");
  }
  if (config.dump_to_logger && config.format != DumpFormat::text) {
    notes.push_back("HOLMES_DUMP_TO_LOGGER=1: only dumps of HOLMES_DUMP_FORMAT=text are logged");
  }
  const std::string folder(config.dump_path.view());
  if (!allows(existing_folder(folder) + "/.", W_OK | X_OK)) {
    notes.push_back("HOLMES_DUMP_PATH=" + folder +
                    ": this user cannot write there: " + errno_text(errno));
  }
  return notes;
}

}  // namespace holmes::cli
