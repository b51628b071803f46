#!/usr/bin/env bash
# A CPU capture of five seconds does not delay the dump of the threads.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_CPU_DURATION=5s
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=4 HOLMES_COOLDOWN=1m
start_victim spin 4
ask spin start >"$tmp/answer"
wait_event thread
assert_eq 'CPU events when the threads are dumped' "$(events cpu)" ''
# Both captures began at once: the threads that holmes needs for that are not the host's.
assert_eq 'threads counted' "$(manifest .current)" 5
assert_eq 'threads in the dump' "$(pprof_total "$(profile_of threads)" threads)" 5
wait_event cpu
thread_event=$(events thread | head -n 1)
apart=$(awk "BEGIN { print $(date -d "$(manifest .time)" +%s.%N) - \
  $(date -d "$(jq -r .time "$thread_event")" +%s.%N) }")
assert_between 'seconds between the two decisions' "$apart" -3 3
