#!/usr/bin/env bash
# 300 MiB in blocks of 1 MiB and 100 MiB in blocks of 64 bytes: the heap profile has the first within
# 10%, the second within 30%.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=30 HOLMES_MEMORY_LIMIT=1G
start_victim hold
wait_fresh_event mem
profile=$(profile_of heap)
big=$(pprof_sum "$profile" inuse_space hold_big)
small=$(pprof_sum "$profile" inuse_space hold_small)
echo "hold_big $big, hold_small $small"
assert_between 'bytes at hold_big' "$big" $((270 << 20)) $((330 << 20))
assert_between 'bytes at hold_small' "$small" $((70 << 20)) $((130 << 20))
assert_between 'blocks at hold_big' "$(pprof_sum "$profile" inuse_objects hold_big)" 270 330
assert_between 'blocks at hold_small' "$(pprof_sum "$profile" inuse_objects hold_small)" 1146880 2129920
assert_between 'live heap of the manifest' "$(manifest .memory.live_heap_bytes)" \
  $((340 << 20)) $((460 << 20))
