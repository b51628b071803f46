#include "cli/allocator_frames.h"

#include <regex>

namespace holmes::cli {

struct DroppedFrames::Pattern {
  std::regex regex;
};

void hide_allocator_frames(PprofModel& model) {
  if (model.drop_frames != 0) return;
  for (const PprofValueType& type : model.sample_types) {
    if (model.text(type.type) == "inuse_space") {
      model.drop_frames = model.strings.add(std::string(kAllocatorFrames));
      return;
    }
  }
}

DroppedFrames::DroppedFrames(const PprofModel& model) : pattern_(nullptr) {
  const std::string& text = model.text(model.drop_frames);
  if (text.empty()) return;
  try {
    pattern_ = new Pattern{std::regex(text, std::regex::extended | std::regex::optimize)};
  } catch (const std::regex_error&) {
    pattern_ = nullptr;  // somebody else's profile, in a syntax that this library does not read
  }
}

DroppedFrames::~DroppedFrames() { delete pattern_; }

bool DroppedFrames::match(const std::string& function) const {
  if (pattern_ == nullptr) return false;
  // As pprof does: without the parameters, and the whole name.
  const std::string name = function.substr(0, function.find('('));
  return std::regex_match(name, pattern_->regex);
}

}  // namespace holmes::cli
