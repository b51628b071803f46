// What holmes asks of the C library: which module an address lies in, and the real functions behind
// the interposed ones. The only file that knows which C library this is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holmes::libc {

// To be called once, on a thread of the host (dlsym takes the loader's lock).
// Context: constructor.
void init();

// False: another C library than glibc. Holmes then passes all calls through, and does nothing else.
bool is_glibc();

// Handlers around fork(). Context: constructor.
void at_fork(void (*prepare)(), void (*parent)(), void (*child)());

// The module that an address lies in, as unwinding needs it.
struct Module {
  uintptr_t start = 0;
  uintptr_t end = 0;
  const uint8_t* eh_frame_hdr = nullptr;  // PT_GNU_EH_FRAME; nullptr where there is none
};
// glibc's _dl_find_object (2.35): no lock, async-signal-safe by its manual. Without it (older
// glibc) nothing is found and unwinding goes by frame pointers.
// Context: signal handler, malloc path, monitor thread.
bool find_module(uintptr_t pc, Module& module);
bool can_find_modules();

// What execve was given to start this program, a link or a script perhaps. Context: constructor.
const char* started_as();

// The program's stack end (highest address) as the loader knows it; 0 if unknown.
uintptr_t main_stack_end();

// dlsym(RTLD_NEXT): the definition that holmes stands before. Context: threads of the host.
void* next_symbol(const char* name);
// dlsym(RTLD_DEFAULT). Context: threads of the host.
void* global_symbol(const char* name);
// Do both lie in one module? Context: threads of the host.
bool same_module(const void* a, const void* b);
// Is it no function, but the place in a program at a fixed address from which it goes on to another
// module's? Such a place is that function's address in the whole process. Context: threads of the
// host; reads the module's symbol table.
bool is_call_stub(const void* address);
// Is this address code of the C library itself?
bool in_libc(const void* address);
// The definition that a call from `caller`'s own module would reach without holmes, where the
// global scope has none. Context: threads of the host; takes the loader's lock.
void* symbol_for_caller(const void* caller, const char* name);
// The file name, without folders, of the module that holds `address`; "" if none. The view is the
// loader's and lives as long as the module. Context: threads of the host.
const char* module_file(const void* address);
// An ordinary thread of the C library, with all signals blocked but those that glibc itself needs;
// it counts as one of ours. False: none could be made. Context: constructor, fork child.
bool start_known_thread(void* (*run)(void*), void* argument);
// dlopen(RTLD_LOCAL | RTLD_NOW): nothing of it enters the global scope. Context: known threads.
void* load_privately(const char* library);
void* symbol_in(void* library, const char* name);
// What a creator knows of a thread's stack: the place, where it gave one, or else the size alone.
struct StackPlan {
  uintptr_t low = 0;
  size_t size = 0;
};
// `attributes`: a pthread_attr_t, or nullptr. Context: a thread of the host that creates another.
StackPlan plan_stack(const void* attributes);
// The stack of the calling thread, without allocating: that would cost a thread that never does an
// arena of its own, and a descriptor number for as long as glibc counts processors. Where the place
// was not planned it ends at the thread's own block, and its lowest quarter is left out, since what
// lies between both is not known. False: not known at all. Context: start of a thread of the host.
bool own_stack(const StackPlan& plan, uintptr_t& low, uintptr_t& high);

}  // namespace holmes::libc
