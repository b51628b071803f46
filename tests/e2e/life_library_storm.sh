#!/usr/bin/env bash
# Libraries come and go by the hundred while all kinds of dumps fire, and a thread is dumped again and
# again that waits in the code of a library that has been unloaded.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_COOLDOWN=10ms HOLMES_COLLECT_INTERVAL=10ms HOLMES_CPU_DURATION=200ms HOLMES_CPU_HZ=1000
holmes_set HOLMES_MAX_DUMPS=100000
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_HEAP_SAMPLE=4K HOLMES_SYMBOLIZE=off
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M
mkdir "$tmp/copies"
for i in {0..8}; do cp "$victims/libstorm_library.so" "$tmp/copies/copy$i.so"; done
start storm "$victims/storm" libraries "$tmp/copies" "${HOLMES_STORM_SECONDS:-6}"
wait_until 'the end of the storm' file_has "$tmp/storm.out" '^READY$'
loads=$(awk '$1 == "done" { print $2 }' "$tmp/storm.out")
for kind in cpu thread mem; do
  count=$(events $kind | wc -l)
  echo "$kind: $count events in $loads loads"
  assert_true "events of kind $kind" "$count >= 3"
done
assert_eq 'it answers' "$(ask storm hello)" hello
wait_fresh_event thread
# Itself, the stranded thread: no stack is lost but what lay in the vanished code.
assert_eq 'threads in the dump' "$(pprof_total "$(profile_of threads)" threads)" 2
