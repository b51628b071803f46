#!/usr/bin/env bash
# In a time namespace, whose monotonic clock and time since boot are days off, events come as everywhere,
# the process's start is told rightly, and what the process left is finished.
source "$(dirname "$0")/lib.sh"
unshare --time --monotonic 400000 --boottime 500000 --fork true 2>/dev/null || skip 'no time namespace can be made here'

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5
launcher=(unshare --time --monotonic 400000 --boottime 500000 --fork --kill-child setpriv --pdeathsig KILL)
before=$(date +%s)
start_victim threads 10
wait_event thread 3
assert_eq 'functions are named' "$(manifest .symbolized)" true
started=$(date -d "$(manifest .start_time)" +%s)
assert_between 'its start' "$started" $((before - 2)) "$(date +%s)"
for key in capture_us write_us; do assert_between "$key" "$(manifest ".$key")" 1 60000000; done
assert_eq 'threads' "$(pprof_total "$(profile_of threads)" threads)" 11

# A living process's files are not taken for a dead one's: clocks of both sides agree.
left="$dumps/.$(basename "$event" .json).heap.pb.gz.raw"
echo left >"$left"
touch -d '3 minutes ago' "$left"
wait_event thread 5
assert_true 'it is left alone' "$([[ -e $left ]] && echo 1 || echo 0)"
tell threads quit
