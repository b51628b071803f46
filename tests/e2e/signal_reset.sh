#!/usr/bin/env bash
# A host that sets all signals back to their defaults, again and again in the middle of captures, is not
# ended by a signal of holmes.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_HZ=1000 HOLMES_CPU_DURATION=300ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_COOLDOWN=10ms HOLMES_COLLECT_INTERVAL=10ms HOLMES_SYMBOLIZE=off
start_victim signals reset
for _ in {1..4}; do
  wait_event cpu
  assert_eq 'the host lives' "$(ask signals reset)" reset
done
# The capture under way was ended early by the last reset; a later one is whole.
captures_go_on() {  # the folder is tidied all the time: the newest may be gone a moment later
  local file total
  file=$(profile_of cpu 2>/dev/null) && total=$(pprof_total "$file" samples 2>/dev/null) &&
    [[ $total =~ ^[0-9]+$ ]] && ((total > 20))
}
wait_dump cpu captures_go_on
