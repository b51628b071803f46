#!/usr/bin/env bash
# A host that profiles itself, with SIGPROF and ITIMER_PROF, goes on getting all of its signals and none
# of holmes', whether it took SIGPROF before holmes did or later, in the middle of a capture.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_HZ=1000 HOLMES_CPU_DURATION=300ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_COOLDOWN=50ms
counts() { ask signals count | cut -d' ' -f2-; }
check_host() {
  read -r before _ < <(counts)
  wait_fresh_event cpu
  assert_true 'samples in burn_here' "$(pprof_sum "$(profile_of cpu)" samples burn_here) > 20"
  wait_fresh_event thread
  read -r own foreign < <(counts)
  echo "$1: $((own - before)) of its own signals, $foreign of others"
  assert_true 'it gets its own signals' "$own - $before > 20"
  assert_eq 'signals of others' "$foreign" 0
  tell signals quit
  wait_until 'its end' is_gone "$pid"
  rm "$tmp"/signals.*
}
start_victim signals profiler
check_host profiler

start_victim signals later
wait_fresh_event cpu  # SIGPROF is in use by now, and is most of the time
assert_eq 'what the host finds for SIGPROF' "$(ask signals take)" 'take default'
check_host later
