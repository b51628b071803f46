#include "cli/function_names.h"

#include <cxxabi.h>
#include <dwarf.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace holmes::cli {

namespace {

// Lambdas in lambdas; more is damage.
constexpr int kMaxNesting = 16;

struct Free {
  void operator()(void* memory) const { free(memory); }
};

const char* linkage_name(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(die, name, &attribute) == nullptr) continue;
    const char* text = dwarf_formstring(&attribute);
    if (text != nullptr && text[0] != '\0') return text;
  }
  return nullptr;
}

// The declaration, which stands where the function was written: in its class or namespace.
Dwarf_Die declaration_of(Dwarf_Die die) {
  for (int hops = 0; hops < 8; ++hops) {
    Dwarf_Attribute attribute;
    Dwarf_Die next;
    if ((dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr &&
         dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr) ||
        dwarf_formref_die(&attribute, &next) == nullptr) {
      break;
    }
    die = next;
  }
  return die;
}

std::string whole_name(Dwarf_Die function, int depth);

// GCC leaves the class of a lambda unnamed.
std::string class_name(Dwarf_Die* scope, const char* member) {
  const char* name = dwarf_diename(scope);
  if (name != nullptr) return name;
  return member != nullptr && strcmp(member, "operator()") == 0 ? "{lambda}" : "{unnamed}";
}

// "ns::Class::" for what the declaration stands in; after a function, which has a whole name
// itself, nothing more is to be said.
std::string scopes_of(Dwarf_Die declaration, int depth) {
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes_die(&declaration, &scopes);
  const std::unique_ptr<Dwarf_Die, Free> owner(scopes);
  std::string prefix;
  for (int i = 1; i < count; ++i) {  // 0 is the declaration itself
    switch (dwarf_tag(&scopes[i])) {
      case DW_TAG_namespace: {
        const char* name = dwarf_diename(&scopes[i]);
        prefix.insert(0, std::string(name != nullptr ? name : "(anonymous namespace)") + "::");
        break;
      }
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
        prefix.insert(0, class_name(&scopes[i], dwarf_diename(&scopes[i - 1])) + "::");
        break;
      case DW_TAG_subprogram: return whole_name(scopes[i], depth + 1) + "::" + prefix;
      default: break;
    }
  }
  return prefix;
}

std::string whole_name(Dwarf_Die function, int depth) {
  const char* linkage = linkage_name(&function);
  if (linkage != nullptr) return demangle(linkage);
  const char* name = dwarf_diename(&function);
  if (name == nullptr) return "{unnamed}";
  // Visible outside and not mangled: extern "C", whatever it stands in.
  Dwarf_Attribute external;
  const bool is_c = dwarf_attr_integrate(&function, DW_AT_external, &external) != nullptr;
  if (is_c || depth > kMaxNesting) return name;
  return scopes_of(declaration_of(function), depth) + name;
}

// libc's functions have inner names, ___pthread_mutex_lock, and the public one as a symbol.
bool is_public_name_of(const std::string& inner, const char* symbol) {
  if (symbol == nullptr || symbol[0] == '_' || !inner.starts_with("_")) return false;
  const std::string name = without_version(symbol);
  return name.find('.') == std::string::npos && inner.ends_with(name);
}

}  // namespace

std::string demangle(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(mangled, nullptr, nullptr, &status));
  return status == 0 && text ? text.get() : mangled;
}

std::string without_version(const char* symbol) { return {symbol, strcspn(symbol, "@")}; }

FunctionName FunctionNames::of(Dwarf_Die* function, const char* symbol) {
  const char* linkage = linkage_name(function);
  if (linkage == nullptr && symbol != nullptr && strncmp(symbol, "_Z", 2) == 0) linkage = symbol;
  if (linkage != nullptr && strncmp(linkage, "_Z", 2) == 0) return {demangle(linkage), linkage};
  FunctionName name = linkage != nullptr ? FunctionName{linkage, linkage} : qualified(function);
  if (is_public_name_of(name.system, symbol)) name.shown = without_version(symbol);
  return name;
}

FunctionName FunctionNames::qualified(Dwarf_Die* function) {
  Dwarf_Die declaration = declaration_of(*function);
  const auto [entry, is_new] = known_.try_emplace(declaration.addr);
  if (!is_new) return entry->second;
  const char* name = dwarf_diename(function);
  if (name == nullptr) return entry->second;
  entry->second = {whole_name(*function, 0), name};
  return entry->second;
}

}  // namespace holmes::cli
