#!/usr/bin/env bash
# In a container of 256 MiB and half a core the percentages of memory refer to the container.
source "$(dirname "$0")/lib.sh"
source "$here/cgroup.inc"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=50 HOLMES_COOLDOWN=1m
start_victim steps
ask steps 'grow 150'
wait_event mem
assert_eq limit.memory_bytes "$(manifest .limit.memory_bytes)" 268435456
assert_eq limit.cpu_cores "$(manifest .limit.cpu_cores)" 0.5
assert_between 'current, in percent of 256 MiB' "$(manifest .current)" 50 66
assert_between 'rss of the manifest, the same in bytes' "$(manifest .memory.rss_bytes)" \
  134217728 177167729
assert_eq unit "$(manifest .unit)" percent
assert_match cgroup "$(manifest .cgroup)" "holmes-e2e-$$"
assert_alive "$pid"
