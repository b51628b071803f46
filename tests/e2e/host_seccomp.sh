#!/usr/bin/env bash
# A host under seccomp filters that kill for what captures do lives on, whether the filter was there from
# the start, comes later on one thread, or on all; children of a filtered thread are not touched either.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_DURATION=200ms HOLMES_COOLDOWN=50ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M HOLMES_HEAP_SAMPLE=64K
grep -q '^Seccomp:.0' /proc/self/status || skip 'the machine filters system calls itself'

finish() {
  assert_alive "$pid"
  assert_eq "$1: it answers" "$(ask "$1" hello)" hello
  tell "$1" quit
  local code=0
  wait "$pid" || code=$?
  assert_eq "$1: exit code" "$code" 0
}

launcher=("$victims/confined" exec "$(command -v setpriv)" --pdeathsig KILL)
start from_the_start "$victims/quiet"
launcher=()
wait_until 'the reason' file_has "$log" 'not watched: .* seccomp filter'
finish from_the_start
assert_eq 'events under a filter' "$(events | wc -l)" 0

start on_one_thread "$victims/confined" thread
wait_event cpu
assert_eq 'confine' "$(ask on_one_thread confine)" 'confine = 0'
wait_fresh_event thread
wait_fresh_event mem
assert_eq 'a child' "$(ask on_one_thread fork)" 'fork = exit 7'
finish on_one_thread

rm -rf "${dumps:?}"/*
start on_all_threads "$victims/confined" all
wait_event cpu
assert_eq 'confine' "$(ask on_all_threads confine)" 'confine = 0'
! has_monitor "$pid" || fail 'holmes is still there'
assert_eq 'a child' "$(ask on_all_threads fork)" 'fork = exit 7'
finish on_all_threads
