#!/usr/bin/env bash
# The thread of holmes is neither counted nor listed, keeps all signals blocked, and every other
# thread is there with its name.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5 HOLMES_DUMP_FORMAT=binary
start_victim threads 5
wait_event thread
assert_eq current "$(manifest .current)" 6
assert_eq unit "$(manifest .unit)" threads
profile=$(profile_of threads)
assert_eq 'threads in the dump' "$(pprof_total "$profile" threads)" 6
pprof -tags "$profile" >"$tmp/tags"
grep -q parked "$tmp/tags" || fail 'no label with the name of the threads'
grep -qw holmes "$tmp/tags" && fail 'the thread of holmes is in the dump'
assert_eq 'threads created' "$(pprof_sum "$(profile_of threadcreate)" threads start_parked)" 5

monitor=$(dirname "$(grep -lx holmes /proc/"$pid"/task/*/comm)")
blocked=$(awk '$1 == "SigBlk:" { print $2 }' "$monitor/status")
# All but SIGKILL (9) and SIGSTOP (19), which nobody can block.
assert_eq 'signals blocked' "$(printf '%x' $((0x$blocked | 1 << 8 | 1 << 18)))" ffffffffffffffff
