#!/usr/bin/env bash
# Two threads that burn CPU 80 to 20 are shown so within 10 points.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_CPU_CORES=2 HOLMES_CPU_DURATION=3s
start_victim burn_80_20
wait_event cpu
profile=$(profile_of cpu)
first=$(pprof_sum "$profile" cpu burn_80)
second=$(pprof_sum "$profile" cpu burn_20)
tell burn_80_20 stop
wait_until 'the true times' file_has "$tmp/burn_80_20.out" '^burn_20 '

percent() { awk "BEGIN { print 100 * $1 / ($1 + $2) }"; }
true_first=$(awk '$1 == "burn_80" { print $2 }' "$tmp/burn_80_20.out")
true_second=$(awk '$1 == "burn_20" { print $2 }' "$tmp/burn_80_20.out")
truth=$(percent "$true_first" "$true_second")
shown=$(percent "$first" "$second")
echo "true $truth%, shown $shown%"
assert_between 'the true share, in percent' "$truth" 79 81
assert_between 'the share shown, in percent' "$shown" \
  "$(awk "BEGIN { print $truth - 10 }")" "$(awk "BEGIN { print $truth + 10 }")"
