#!/usr/bin/env bash
# Programs that a preload does not reach, or must not watch: linked statically, with musl, built with a
# sanitizer. They run as they do bare, and the log says why nothing is watched.
source "$(dirname "$0")/lib.sh"

command -v cc >/dev/null || skip 'no C compiler here'
cat >"$tmp/program.c" <<'C'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void* run(void* text) {
  char* copy = strdup(text);
  free(strcpy(realloc(copy, 100), text));
  return NULL;
}
int main(void) {
  for (int i = 0; i < 200; ++i) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, "work");
    pthread_join(thread, NULL);
  }
  return puts("works") == EOF ? 1 : 7;
}
C
run_it() {  # NAME: as bare; sets $reason to what the log says
  local code=0
  rm -rf "${dumps:?}"/*
  env "${settings[@]}" LD_PRELOAD="$library" ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 \
    "$tmp/$1" >"$tmp/$1.out" 2>"$tmp/$1.err" || code=$?
  assert_eq "exit code of $1" "$code" 7
  assert_eq "output of $1" "$(cat "$tmp/$1.out")" works
  assert_eq "standard error of $1" "$(cat "$tmp/$1.err")" ''
  reason=$(cat "$log" 2>/dev/null || true)
}
cc -static -o "$tmp/static" "$tmp/program.c" -pthread
run_it static
assert_eq 'log of a static program' "$reason" ''
if command -v musl-gcc >/dev/null; then
  musl-gcc -o "$tmp/musl" "$tmp/program.c"
  run_it musl
  assert_match 'log of a musl program' "$reason" 'not watched: the C library of this program is not glibc'
  assert_eq 'lines' "$(wc -l <"$log")" 1
fi
for sanitizer in address thread; do
  cc -fsanitize=$sanitizer -o "$tmp/$sanitizer" "$tmp/program.c" -pthread 2>/dev/null || continue
  code=0
  "$tmp/$sanitizer" >/dev/null 2>&1 || code=$?
  [[ $code == 7 ]] || { echo "a program with -fsanitize=$sanitizer does not run here"; continue; }
  run_it $sanitizer
  assert_match "log of -fsanitize=$sanitizer" "$reason" 'not watched: .*sanitizer'
done
