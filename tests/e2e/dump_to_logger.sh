#!/usr/bin/env bash
# HOLMES_DUMP_TO_LOGGER also writes text dumps into the log.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_DUMP_FORMAT=text HOLMES_DUMP_TO_LOGGER=1
start_victim threads 10
wait_event thread
wait_until 'the dump in the log' file_has "$log" 'threads profile: total 11$'
wait_until 'the group in the log' file_has "$log" '^10 @ 0x'
assert_file_has "$log" '\[holmes\] threads\['"$pid"'\] pprof thread, '
