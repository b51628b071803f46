#!/usr/bin/env bash
# At or above HOLMES_CPU_MAX no dump of any kind is taken; below it, dumps come again.
source "$(dirname "$0")/lib.sh"

# The memory rule matches at every reading; the warm-up leaves time to start burning first.
holmes_set HOLMES_MEM=1 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M HOLMES_WARMUP=30
holmes_set HOLMES_CPU=1 HOLMES_CPU_MAX=20 HOLMES_CPU_CORES=2 HOLMES_LOG_LEVEL=debug
start_victim spin 2
ask spin start >"$tmp/answer"
wait_until 'readings that do not dump' has_lines "$log" 'NODUMP mem' 10
assert_eq 'events while the CPU is above the limit' "$(events)" ''
assert_eq 'dumps in the log' "$(lines_with "$log" '\] pprof ')" 0
ask spin stop >"$tmp/answer"
wait_event mem
