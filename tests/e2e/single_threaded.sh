#!/usr/bin/env bash
# A single-threaded host stays one for glibc: its fast paths (stdio locks, malloc, shared_ptr) are
# kept, though it is watched.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M
start_victim quiet
wait_until 'the monitor' has_monitor "$pid"
wait_event mem
assert_eq 'what glibc thinks' "$(ask quiet single)" 'single 1'
