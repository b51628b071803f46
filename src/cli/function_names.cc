#include "cli/function_names.h"

#include <cxxabi.h>
#include <dwarf.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace holmes::cli {

namespace {

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

// "ns::Class::" for what the declaration stands in; "" where a scope ends the chain.
std::string scope_prefix(Dwarf_Die* scope) {
  const char* name = dwarf_diename(scope);
  switch (dwarf_tag(scope)) {
    case DW_TAG_namespace:
      return name != nullptr ? std::string(name) + "::" : "(anonymous namespace)::";
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
      return name != nullptr ? std::string(name) + "::" : "(unnamed)::";
    case DW_TAG_subprogram: {
      const char* linkage = linkage_name(scope);
      if (linkage != nullptr) return demangle(linkage) + "::";
      return name != nullptr ? std::string(name) + "::" : "";
    }
    default:
      return "";
  }
}

std::string scopes_of(Dwarf_Die declaration) {
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes_die(&declaration, &scopes);
  const std::unique_ptr<Dwarf_Die, Free> owner(scopes);
  std::string prefix;
  for (int i = 1; i < count; ++i) {  // 0 is the declaration itself
    prefix.insert(0, scope_prefix(&scopes[i]));
  }
  return prefix;
}

}  // namespace

std::string demangle(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(mangled, nullptr, nullptr, &status));
  return status == 0 && text ? text.get() : mangled;
}

FunctionName FunctionNames::of(Dwarf_Die* function, const char* symbol) {
  const char* linkage = linkage_name(function);
  if (linkage == nullptr && symbol != nullptr && strncmp(symbol, "_Z", 2) == 0) linkage = symbol;
  if (linkage != nullptr && strncmp(linkage, "_Z", 2) == 0) return {demangle(linkage), linkage};
  if (linkage != nullptr) return {linkage, linkage};
  return qualified(function);
}

FunctionName FunctionNames::qualified(Dwarf_Die* function) {
  Dwarf_Die declaration = declaration_of(*function);
  const auto [entry, is_new] = known_.try_emplace(declaration.addr);
  if (!is_new) return entry->second;
  const char* name = dwarf_diename(function);
  if (name == nullptr) return entry->second;
  // Visible outside and not mangled: extern "C", whatever it stands in.
  Dwarf_Attribute external;
  const bool is_c = dwarf_attr_integrate(function, DW_AT_external, &external) != nullptr;
  entry->second = {is_c ? name : scopes_of(declaration) + name, name};
  return entry->second;
}

}  // namespace holmes::cli
