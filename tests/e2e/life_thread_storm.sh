#!/usr/bin/env bash
# Threads start and end by the thousand, on 16 KiB stacks too, while all kinds of dumps fire.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_COOLDOWN=10ms HOLMES_COLLECT_INTERVAL=20ms HOLMES_CPU_DURATION=200ms HOLMES_CPU_HZ=1000
holmes_set HOLMES_MAX_DUMPS=100000
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_HEAP_SAMPLE=4K HOLMES_SYMBOLIZE=off
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M
start storm "$victims/storm" threads "${HOLMES_STORM_SECONDS:-6}"
wait_until 'the end of the storm' file_has "$tmp/storm.out" '^READY$'
threads=$(awk '$1 == "done" { print $2 }' "$tmp/storm.out")
assert_true 'threads' "$threads >= 1000"
for kind in cpu thread mem; do
  count=$(events $kind | wc -l)
  echo "$kind: $count events in $threads threads"
  assert_true "events of kind $kind" "$count >= 3"
done
assert_eq 'it answers' "$(ask storm hello)" hello
