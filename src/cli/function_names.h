// What a function is called: mangled for linkers, demangled for people.
#pragma once

#include <elfutils/libdw.h>

#include <string>
#include <unordered_map>

namespace holmes::cli {

struct FunctionName {
  std::string shown;   // as a person would write it
  std::string system;  // as the linker knows it; the same as `shown` in C
};

std::string demangle(const char* mangled);

// "malloc@@GLIBC_2.2.5" -> "malloc"
std::string without_version(const char* symbol);

// Names of DIEs of one module, worked out once each.
class FunctionNames {
 public:
  // `symbol`: the ELF symbol that holds the address, or nullptr: for functions without linkage (in
  // unnamed namespaces, lambdas) it alone has the whole name.
  FunctionName of(Dwarf_Die* function, const char* symbol);

 private:
  FunctionName qualified(Dwarf_Die* function);
  std::unordered_map<const void*, FunctionName> known_;  // by the declaration's DIE
};

}  // namespace holmes::cli
