// The folder that events lie in, and how a user's word for an event leads to its manifest.
#pragma once

#include <string>
#include <vector>

namespace holmes::cli {

// Where a service with this environment would dump: HOLMES_DUMP_PATH, that of HOLMES_CONFIG, or the
// default. Bad values are not complained of: `holmes check` does that.
std::string default_dump_folder();

// Paths of all files that look like manifests. Throws Error when the folder cannot be read.
std::vector<std::string> manifests_in(const std::string& folder);

// What `show` was asked for.
struct Wanted {
  std::string manifest;  // path; "" where only a profile was found
  std::string profile;   // path; "" for all profiles of the event
};

// `word`: a manifest, any file of an event, a profile without an event, or, in `folder`, the name
// of an event. Throws Error when it is none of these.
Wanted find_wanted(const std::string& word, const std::string& folder);

}  // namespace holmes::cli
