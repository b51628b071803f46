// One profile in whatever format it was written: told apart by its content, given names, and turned
// back into the bytes of a file of the same format.
//
// gperftools' CPU format has no place for names: it stays as it is.
#pragma once

#include <string>
#include <variant>

#include "cli/pprof_model.h"
#include "cli/symbolizer.h"
#include "cli/text_profile.h"

namespace holmes::cli {

class ProfileFile {
 public:
  // `bytes`: the file. Throws Error that says what is wrong with it (the caller knows its name).
  explicit ProfileFile(std::string bytes);
  ProfileFile(const ProfileFile&) = delete;  // views into bytes_
  ProfileFile& operator=(const ProfileFile&) = delete;

  // Asks for every address that has no name yet.
  void ask(Symbolizer& symbolizer) const;
  // The file with what was found. Locations, groups, labels and comments are kept.
  std::string with_names(const Symbolizer& symbolizer);
  // For readers: values unbiased where the format leaves that to them. Takes the model out.
  PprofModel take_model();
  // The first mapping's file: the program, where nobody says better.
  std::string program() const;

 private:
  std::string bytes_;
  std::variant<PprofModel, TextProfile, std::monostate> content_;
};

}  // namespace holmes::cli
