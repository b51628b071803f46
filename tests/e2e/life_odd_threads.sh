#!/usr/bin/env bash
# Threads from static constructors, allocation in thread-local destructors, C11 threads, allocation
# after main: all of it works as without holmes, and the early thread is in the dumps.
source "$(dirname "$0")/lib.sh"

run_through() {
  assert_eq 'posix threads' "$(ask odd_threads posix)" 'posix 100'
  assert_eq 'C11 threads' "$(ask odd_threads c11)" 'c11 100 50'
  tell odd_threads end
  local code=0
  wait "$pid" || code=$?
  assert_eq 'exit code' "$code" 7
  rm "$tmp/odd_threads".{in,out}
}
start_victim_bare odd_threads
run_through
holmes_set HOLMES_HEAP_SAMPLE=64K
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
start_victim odd_threads
wait_event thread
assert_eq 'the early thread' "$(pprof_sum "$(profile_of threads)" threads ".*early_thread")" 1
assert_true 'its creation' "$(pprof_total "$(profile_of threadcreate)" threads) >= 1"
run_through
