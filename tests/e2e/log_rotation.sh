#!/usr/bin/env bash
# The log is rotated at 5 MiB, and the line that came then is in the new one.
source "$(dirname "$0")/lib.sh"

head -c $((5 << 20)) < <(yes 'an old line of the log' 2>/dev/null) >"$log"
chmod 600 "$log"
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=1h
start_victim threads 10
wait_event thread
wait_until 'the line' file_has "$log" '\] pprof thread'
assert_between 'bytes of the log' "$(stat -c %s "$log")" 1 100000
assert_eq 'old lines in the new log' "$(lines_with "$log" '^an old line')" 0
