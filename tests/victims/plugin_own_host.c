// plugin_own_host FIRST SECOND: a C program that loads and unloads two libraries in turn, each with
// operators of its own. Prints how often one lay where the other had lain, and how often a library
// was given another's operator.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>

enum { kRounds = 5 };

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  ElfW(Addr) last = 0;
  int same_place = 0;
  int wrong = 0;
  for (int i = 0; i < 2 * kRounds; ++i) {
    void* library = dlopen(argv[1 + i % 2], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return 1;
    int (*made)(void) = (int (*)(void))dlsym(library, "plugin_own_made");
    if (made == NULL) return 1;
    const ElfW(Addr) place = ((struct link_map*)library)->l_addr;
    same_place += place == last;
    last = place;
    wrong += made() != 1 + i % 2;
    if (dlclose(library) != 0) return 1;
  }
  printf("same_place %d\nwrong %d\n", same_place, wrong);
  return 0;
}
