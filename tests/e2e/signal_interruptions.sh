#!/usr/bin/env bash
# Sixteen kinds of system calls that end with EINTR after any handler: not one of them ends so because
# of thread dumps, or because of CPU captures of other threads.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_COOLDOWN=50ms HOLMES_CPU_DURATION=300ms HOLMES_CPU_HZ=1000 HOLMES_SYMBOLIZE=off
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5
start_victim canaries
ask canaries burn >"$tmp/answer"
wait_event thread 5
wait_event cpu 5
count=$(ask canaries count)
echo "$count"
assert_match 'calls that were interrupted' "$count" '^count 0 of 1[6-7]$'
