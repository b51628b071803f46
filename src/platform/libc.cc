#include "platform/libc.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include <atomic>

// <dlfcn.h> has it from glibc 2.35 on; the layout is part of its ABI (DLFO_STRUCT_HAS_EH_DBASE 0).
struct FoundObject {
  unsigned long long flags;
  void* map_start;
  void* map_end;
  void* link_map;
  void* eh_frame;
  unsigned long long reserved[7];
};

// Weak, as other C libraries lack them: a missing symbol must not keep the host from starting.
extern "C" __attribute__((weak)) void* __libc_stack_end;
// What glibc's pthread_atfork() calls, which is linked statically.
extern "C" __attribute__((weak)) int __register_atfork(void (*)(), void (*)(), void (*)(), void*);
extern "C" __attribute__((weak)) decltype(dladdr1) dladdr1;
extern "C" __attribute__((weak)) decltype(pthread_getattr_default_np) pthread_getattr_default_np;
extern "C" __attribute__((visibility("hidden"))) void* __dso_handle;

namespace holmes::libc {
namespace {

using FindObject = int (*)(void* pc, FoundObject* result);
std::atomic<FindObject> g_find_object{nullptr};

bool find_object(uintptr_t address, FoundObject& found) {
  const FindObject find = g_find_object.load(std::memory_order_relaxed);
  return find != nullptr && find(reinterpret_cast<void*>(address), &found) == 0;
}

struct Place {
  const void* start = nullptr;
  const char* file = nullptr;
};

// dladdr() reads a module's whole symbol table, milliseconds of it in the largest libraries: for
// the program itself, which has no name otherwise, and for older glibc.
bool find_place(const void* address, Place& place) {
  FoundObject found;
  if (find_object(reinterpret_cast<uintptr_t>(address), found)) {
    place = {found.map_start, static_cast<const link_map*>(found.link_map)->l_name};
    if (place.file != nullptr && *place.file != '\0') return true;
  }
  Dl_info info;
  if (dladdr(address, &info) == 0) return false;
  place = {info.dli_fbase, info.dli_fname};
  return true;
}

}  // namespace

void init() {
  g_find_object = reinterpret_cast<FindObject>(dlsym(RTLD_DEFAULT, "_dl_find_object"));
}

bool is_glibc() { return dlsym(RTLD_DEFAULT, "gnu_get_libc_version") != nullptr; }

void at_fork(void (*prepare)(), void (*parent)(), void (*child)()) {
  if (&__register_atfork != nullptr) __register_atfork(prepare, parent, child, &__dso_handle);
}

bool can_find_modules() { return g_find_object.load(std::memory_order_relaxed) != nullptr; }

bool find_module(uintptr_t pc, Module& module) {
  FoundObject found;
  if (!find_object(pc, found)) return false;
  module.start = reinterpret_cast<uintptr_t>(found.map_start);
  module.end = reinterpret_cast<uintptr_t>(found.map_end);
  module.eh_frame_hdr = static_cast<const uint8_t*>(found.eh_frame);
  return true;
}

const char* started_as() {
  const auto* path = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  return path == nullptr ? "" : path;
}

uintptr_t main_stack_end() {
  return &__libc_stack_end == nullptr ? 0 : reinterpret_cast<uintptr_t>(__libc_stack_end);
}

void* next_symbol(const char* name) { return dlsym(RTLD_NEXT, name); }
void* global_symbol(const char* name) { return dlsym(RTLD_DEFAULT, name); }

bool same_module(const void* a, const void* b) {
  Place first;
  Place second;
  return find_place(a, first) && find_place(b, second) && first.start == second.start;
}

bool is_call_stub(const void* address) {
  Dl_info info;
  void* symbol = nullptr;
  return &dladdr1 != nullptr && dladdr1(address, &info, &symbol, RTLD_DL_SYMENT) != 0 &&
         symbol != nullptr && static_cast<const ElfW(Sym)*>(symbol)->st_shndx == SHN_UNDEF;
}

bool in_libc(const void* address) {
  return same_module(address, reinterpret_cast<const void*>(&abort));
}

void* symbol_for_caller(const void* caller, const char* name) {
  // Not dlsym on the link map itself: that of a library loaded as a dependency has no search list,
  // and glibc would crash on it.
  Place place;
  if (!find_place(caller, place) || place.file == nullptr) return nullptr;
  void* handle = dlopen(place.file, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  void* found = dlsym(handle, name);
  // The caller keeps its library loaded; without this we would, for ever. Not by our own dlclose.
  using Close = int(void*);
  if (auto* close = reinterpret_cast<Close*>(next_symbol("dlclose"))) close(handle);
  return found;
}

const char* module_file(const void* address) {
  Place place;
  if (!find_place(address, place) || place.file == nullptr) return "";
  const char* name = place.file;
  for (const char* c = name; *c != '\0'; ++c) {
    if (*c == '/') name = c + 1;
  }
  return name;
}

bool start_known_thread(void* (*run)(void*), void* argument) {
  using Create = int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  auto* create = reinterpret_cast<Create*>(next_symbol("pthread_create"));
  if (create == nullptr) return false;
  sigset_t most;
  sigset_t before;
  sigfillset(&most);  // leaves out what glibc's setuid() and pthread_cancel() send
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_BLOCK, &most, &before);
  pthread_t thread;
  const bool made = create(&thread, &attributes, run, argument) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return made;
}

void* load_privately(const char* library) { return dlopen(library, RTLD_LOCAL | RTLD_NOW); }
void* symbol_in(void* library, const char* name) { return dlsym(library, name); }

StackPlan plan_stack(const void* attributes) {
  StackPlan plan;
  pthread_attr_t defaults;
  const auto* given = static_cast<const pthread_attr_t*>(attributes);
  if (given == nullptr) {
    if (&pthread_getattr_default_np == nullptr || pthread_getattr_default_np(&defaults) != 0) {
      return plan;
    }
    given = &defaults;
  }
  void* low = nullptr;
  pthread_attr_getstack(given, &low, &plan.size);
  plan.low = reinterpret_cast<uintptr_t>(low);
  if (plan.low + plan.size == 0) {  // what has no place of its own "ends" at zero
    plan.low = 0;
    pthread_attr_getstacksize(given, &plan.size);
  }
  if (given == &defaults) pthread_attr_destroy(&defaults);
  return plan;
}

bool own_stack(const StackPlan& plan, uintptr_t& low, uintptr_t& high) {
  constexpr size_t kLeast = size_t{64} << 10;
  high = reinterpret_cast<uintptr_t>(pthread_self());
  low = plan.low;
  if (low != 0) return low < high && high <= low + plan.size;
  low = high - plan.size / 4 * 3;
  return plan.size >= kLeast && plan.size < high;
}

}  // namespace holmes::libc
