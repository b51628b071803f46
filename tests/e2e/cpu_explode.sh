#!/usr/bin/env bash
# A dead loop: at least 90% of the CPU profile is in cpuex, and its total is the time looked at times
# the threads that spin, within 10%.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_CPU_DURATION=2s HOLMES_CPU_CORES=2
start_service cpu_explode

record_cpu "$pid"

for spinning in 1 2; do
  curl -sSf "$url/cpuex"
  wait_fresh_event cpu
  began=$(date -d "$(manifest .time)" +%s.%N)
  # What a busy machine did not give cannot be in the profile.
  expected=$(cpu_ns_between "$pid" "$began" "$(awk "BEGIN { printf \"%.3f\", $began + 2 }")")
  profile=$(profile_of cpu)
  total=$(pprof_total "$profile" cpu)
  in_cpuex=$(pprof_sum "$profile" cpu cpuex)
  echo "$spinning spinning used $expected ns of 2 s each: total $total ns, cpuex $in_cpuex ns"
  assert_true 'the time used is of this many threads' "$expected <= 2.1e9 * $spinning"
  assert_true 'cpuex has 90% of the profile' "$in_cpuex >= 0.9 * $total"
  assert_between "total ns with $spinning spinning" "$total" \
    "$(awk "BEGIN { print 0.9 * $expected }")" "$(awk "BEGIN { print 1.1 * $expected }")"
done
