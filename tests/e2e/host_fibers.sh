#!/usr/bin/env bash
# Fibers on stacks of 16 KiB of their own: sampled by CPU and heap captures, named rightly, unharmed.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_DURATION=500ms HOLMES_CPU_HZ=1000
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=200M
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
start_victim fibers 100
wait_fresh_event cpu
profile=$(profile_of cpu)
assert_true 'fiber_work has the CPU' \
  "$(pprof_sum "$profile" cpu fiber_work) >= 0.8 * $(pprof_total "$profile" cpu)"
kept_all() { assert_between 'bytes' "$(pprof_sum "$(profile_of heap)" inuse_space fiber_keeps)" $((80 << 20)) $((120 << 20)); }
wait_dump mem kept_all
assert_true 'called by fiber_work' "$(pprof_sum "$(profile_of heap)" inuse_space fiber_work) > $((80 << 20))"
wait_event thread 3
assert_match 'it goes on' "$(ask fibers laps)" '^laps [1-9]'
