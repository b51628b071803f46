#!/usr/bin/env bash
# A large process forks while it is profiled at 1000 Hz: each fork takes longer than a sample's
# period and is completed all the same. On kernels before 4.19 it would be begun anew for ever.
source "$(dirname "$0")/lib.sh"

free_mib=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
((free_mib > 6000)) || skip "needs 4 GiB of free memory, there are $free_mib MiB"
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_CPU_HZ=1000 HOLMES_COOLDOWN=100ms
start_victim forks
tell forks 'large 4096 3000'
wait_event cpu 2
wait_until 'the forks' file_has "$tmp/forks.out" '^large'
read -r _ _ _ _ forks slowest_ms < <(grep '^large' "$tmp/forks.out")
echo "$forks forks, the slowest took $slowest_ms ms"
assert_true 'forks' "$forks >= 2"
assert_true 'a fork takes longer than a period' "$slowest_ms > 1"

# The capture signal was held back in the forking thread, and is let through again.
tell forks 'large 1 8000'
wait_fresh_event cpu
assert_true 'samples after the forks' "$(pprof_total "$(profile_of cpu)" samples) > 20"
