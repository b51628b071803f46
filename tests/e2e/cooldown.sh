#!/usr/bin/env bash
# After a dump the next of its kind comes when the cooldown is over, not before, and then it comes.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=1m HOLMES_THREAD_COOLDOWN=3s
start_victim threads 10
wait_event thread 2
seconds_of() { date -d "$(jq -r .time "$1")" +%s.%N; }
mapfile -t dumped < <(events thread)
apart=$(awk "BEGIN { print $(seconds_of "${dumped[1]}") - $(seconds_of "${dumped[0]}") }")
took=$(jq .write_us "${dumped[0]}")
echo "apart: $apart s, of which the first took $took µs"
assert_between 'seconds between the two' "$apart" 3 "$(awk "BEGIN { print 3 + $took / 1e6 + 4 }")"
