#!/usr/bin/env bash
# Hosts that ignore SIGPROF, block or handle every signal, wait for signals in loops, or have the smallest
# alternate stacks: they run as without holmes, and what cannot be captured is said in the log.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_HZ=1000 HOLMES_CPU_DURATION=300ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_COOLDOWN=50ms
ready() {
  rm -rf "${dumps:?}"/* "$tmp"/signals.*
  start_victim signals "$1"
}
finish() {
  assert_alive "$pid"
  read -r _ own foreign < <(ask signals count)
  echo "$1: $own signals of its own, $foreign of others"
  assert_eq "$1: signals of others" "$foreign" 0
  tell signals quit
  wait_until "$1: its end" is_gone "$pid"
}

ready ignored
wait_event cpu 2
assert_true 'ignored: samples' "$(pprof_sum "$(profile_of cpu)" samples burn_here) > 20"
finish ignored

# Nobody can be asked: the waiting thread is read passively, the burning one counted as silent.
ready blocked
wait_event thread 2
assert_eq 'blocked: threads' "$(pprof_total "$(profile_of threads)" threads)" 2
wait_event cpu 2
assert_eq 'blocked: pending signals' \
  "$(awk '$1 == "SigPnd:" && $2 !~ /^0+$/' /proc/"$pid"/task/*/status | wc -l)" 0
finish blocked

ready handled
wait_until 'the reason' file_has "$log" 'dump of cpu failed: .*signal'
wait_event thread 2
finish handled

ready stack
wait_event cpu 3
assert_true 'stack: samples' "$(pprof_sum "$(profile_of cpu)" samples burn_here) > 20"
assert_eq 'stack: bytes written below it' "$(ask signals damage)" 'damage 0'
finish stack

ready waiting
wait_event cpu 3
wait_event thread 3
finish waiting
assert_true 'waiting: signals of its own' "$own > 5"
