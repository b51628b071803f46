#!/usr/bin/env bash
# A dead loop: at least 90% of the CPU profile is in cpuex, and its total is the time looked at times
# the threads that spin, within 10%.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_CPU_DURATION=2s HOLMES_CPU_CORES=2
start_service cpu_explode

now_ms() { echo $(($(date +%s%N) / 1000000)); }

for spinning in 1 2; do
  curl -sSf "$url/cpuex"
  cpu_before=$(cpu_ms_of "$pid") wall_before=$(now_ms)
  wait_fresh_event cpu
  # What a busy machine did not give cannot be in the profile.
  share=$(awk "BEGIN { share = ($(cpu_ms_of "$pid") - $cpu_before) / ($(now_ms) - $wall_before) / $spinning
                       print share < 1 ? share : 1 }")
  profile=$(profile_of cpu)
  total=$(pprof_total "$profile" cpu)
  in_cpuex=$(pprof_sum "$profile" cpu cpuex)
  expected=$(awk "BEGIN { print 2e9 * $spinning * $share }")
  echo "$spinning spinning with $share of a core each: total $total ns, cpuex $in_cpuex ns"
  assert_true 'cpuex has 90% of the profile' "$in_cpuex >= 0.9 * $total"
  assert_between "total ns with $spinning spinning" "$total" \
    "$(awk "BEGIN { print 0.9 * $expected }")" "$(awk "BEGIN { print 1.1 * $expected }")"
done
