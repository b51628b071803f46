#!/usr/bin/env bash
# In a container of 256 MiB and half a core a loop that gets half a core burns 100%.
source "$(dirname "$0")/lib.sh"
source "$here/cgroup.inc"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=60 HOLMES_COLLECT_INTERVAL=500ms
start_service cpu_explode
curl -sSf "$url/cpuex"
wait_fresh_event cpu
assert_eq limit.memory_bytes "$(manifest .limit.memory_bytes)" 268435456
assert_eq limit.cpu_cores "$(manifest .limit.cpu_cores)" 0.5
assert_between 'current, in percent of half a core' "$(manifest .current)" 75 125
profile=$(profile_of cpu)
assert_true 'cpuex has most of the profile' \
  "$(pprof_sum "$profile" cpu cpuex) >= 0.8 * $(pprof_total "$profile" cpu)"
