#include "cli/profile_file.h"

#include "cli/error.h"
#include "cli/file_io.h"
#include "cli/gzip.h"
#include "cli/name_model.h"
#include "cli/name_text.h"

namespace holmes::cli {

namespace {

std::variant<PprofModel, TextProfile, std::monostate> parse(const std::string& bytes) {
  if (bytes.empty()) throw Error("the file is empty");
  if (is_gzip(bytes)) return parse_pprof(gunzip(bytes, kMaxFileBytes));
  if (is_text_profile(bytes)) return parse_text_profile(bytes);
  if (is_cpu_profile(bytes)) {
    model_of_cpu_profile(bytes);  // for its complaints
    return std::monostate();
  }
  // An uncompressed profile.proto has no mark of its own; its first field is always one of these.
  if (bytes[0] == 0x0a || bytes[0] == 0x12) return parse_pprof(bytes);
  throw Error(
      "not a profile: neither profile.proto, nor holmes' text, nor a gperftools CPU profile");
}

}  // namespace

ProfileFile::ProfileFile(std::string bytes) : bytes_(std::move(bytes)), content_(parse(bytes_)) {
  if (auto* model = std::get_if<PprofModel>(&content_)) prepare_model(*model);
}

void ProfileFile::ask(Symbolizer& symbolizer) const {
  if (const auto* model = std::get_if<PprofModel>(&content_)) ask_names(*model, symbolizer);
  if (const auto* text = std::get_if<TextProfile>(&content_)) ask_names(*text, symbolizer);
}

std::string ProfileFile::with_names(const Symbolizer& symbolizer) {
  if (auto* model = std::get_if<PprofModel>(&content_)) {
    set_names(*model, symbolizer);
    return gzip(encode_pprof(*model));
  }
  if (const auto* text = std::get_if<TextProfile>(&content_))
    return text_with_names(*text, symbolizer);
  return bytes_;
}

PprofModel ProfileFile::take_model() {
  if (auto* model = std::get_if<PprofModel>(&content_)) return std::move(*model);
  if (const auto* text = std::get_if<TextProfile>(&content_)) return model_of(*text);
  return model_of_cpu_profile(bytes_);
}

std::string ProfileFile::program() const {
  if (const auto* model = std::get_if<PprofModel>(&content_); model && !model->mappings.empty()) {
    return model->text(model->mappings[0].file);
  }
  if (const auto* text = std::get_if<TextProfile>(&content_); text && !text->mappings.empty()) {
    return std::string(text->mappings[0].path);
  }
  return {};
}

}  // namespace holmes::cli
