#!/usr/bin/env bash
# An executable with its own malloc: said once in the log and in each manifest; the rest works.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20
start_victim static_malloc
ask static_malloc start >"$tmp/answer"
wait_event cpu 2
assert_eq 'lines about malloc in the log' "$(grep -vE ' pprof | NODUMP ' "$log" | grep -c malloc)" 1
for event in $(events cpu); do
  assert_match 'notes of the manifest' "$(manifest '.notes | tostring')" malloc
done
assert_true 'the CPU profile is there' "$(pprof_sum "$(profile_of cpu)" cpu spin_here) > 0"
assert_eq 'the victim answers' "$(ask static_malloc hello)" hello
