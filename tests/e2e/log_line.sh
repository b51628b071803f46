#!/usr/bin/env bash
# The log line of a dump, word for word.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_MIN=3 HOLMES_THREAD_DIFF=30 HOLMES_THREAD_ABS=8
holmes_set HOLMES_THREAD_MAX=100 HOLMES_COOLDOWN=1h
start_victim threads 9
wait_event thread
line=$(grep -F '] pprof thread' "$log")
assert_match 'the line' "$line" '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3} \[holmes\] threads\['"$pid"'\] pprof thread, config_min : 3, config_diff : 30, config_abs : 8, config_max : 100, previous : \[([0-9]+ )*10\], current : 10, reason : abs, file : (.*)$'
file=${line##*file : }
assert_match 'the file' "$file" "$(basename "$event" .json)"
assert_eq 'history of the manifest, last' "$(manifest '.previous[-1]')" "$(manifest .current)"
assert_eq rule "$(manifest '.rule | "\(.min) \(.diff) \(.abs) \(.max)"')" '3 30 8 100'
