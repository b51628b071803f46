#!/usr/bin/env bash
# Throttled by its container's CPU quota together with its host, the monitor goes on reading, and a host
# that uses up the quota is seen at 100 % of it, not above.
source "$(dirname "$0")/lib.sh"
source "$here/cgroup.inc"

echo 10000 >"$cpu_group/cpu.cfs_quota_us" || skip 'cannot limit CPU'  # a tenth of a core
holmes_set HOLMES_CPU=1 HOLMES_CPU_MIN=0 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=0 HOLMES_LOG_LEVEL=debug HOLMES_COLLECT_INTERVAL=1s
start_victim spin 4
ask spin start >"$tmp/asked"
wait_until 'readings' has_lines "$log" 'NODUMP cpu' 8
seen=$(sed -n 's/.*NODUMP cpu,.* current : \([0-9.]*\).*/\1/p' "$log" | tail -n 6)
mean=$(awk '{ sum += $1 } END { print sum / NR }' <<<"$seen")
most=$(sort -g <<<"$seen" | tail -n 1)
echo "percent of the quota: $mean in the mean, $most at most; throttled $(awk '/nr_throttled/ { print $2 }' "$cpu_group/cpu.stat") times"
assert_between 'percent of the quota, in the mean' "$mean" 70 125
assert_true 'at most' "$most <= 200"
assert_true 'throttled' "$(awk '/nr_throttled/ { print $2 }' "$cpu_group/cpu.stat") >= 10"
assert_eq 'it answers' "$(ask spin hello)" hello
