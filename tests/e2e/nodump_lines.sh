#!/usr/bin/env bash
# At level debug the log says why a reading did not dump; at level info it does not.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=50 HOLMES_MEM=1 HOLMES_CPU=1
holmes_set HOLMES_LOG_LEVEL=debug
start_victim threads 2
for kind in thread mem cpu; do
  wait_until "NODUMP lines of $kind" has_lines "$log" "NODUMP $kind, config_min : [0-9.]+, .*previous : \[.*\], current : [0-9.]+" 3
done
assert_eq 'events' "$(events)" ''
tell threads quit
wait_until 'the first victim to end' is_gone "$pid"

rm "$log"
holmes_set HOLMES_LOG_LEVEL=info
start info "$victims/threads" 2
tell info 'more 60'
wait_event thread
assert_eq 'NODUMP lines at level info' "$(lines_with "$log" NODUMP)" 0
