#!/usr/bin/env bash
# Libraries come and go by the hundred while all kinds of dumps fire, and a thread is dumped again and
# again that waits in the code of a library that has been unloaded.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/storm.inc"

mkdir "$tmp/copies"
for i in {0..8}; do cp "$victims/libstorm_library.so" "$tmp/copies/copy$i.so"; done
storm libraries "$tmp/copies"
wait_fresh_event thread
# Itself, the stranded thread: no stack is lost but what lay in the vanished code.
assert_eq 'threads in the dump' "$(pprof_total "$(profile_of threads)" threads)" 2
