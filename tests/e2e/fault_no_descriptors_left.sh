#!/usr/bin/env bash
# A host that has used up its descriptors can still be dumped, and loses none of them to it.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5
start full bash -c 'ulimit -n 12; exec "$0" 10 9</dev/null 8<&9 7<&9 6<&9 5<&9 4<&9 3<&9 11<&9 10<&9' "$victims/threads"
wait_until 'the victim to be ready' file_has "$tmp/full.out" '^READY$'
assert_eq 'descriptors in use, of 12' "$(ls "/proc/$pid/fd" | wc -l)" 12
wait_event thread
assert_eq 'threads in the dump' "$(pprof_total "$(profile_of threads)" threads)" 11
assert_eq 'functions are named' "$(manifest .symbolized)" true
assert_eq 'descriptors in use afterwards' "$(ls "/proc/$pid/fd" | wc -l)" 12
assert_eq 'what the service itself saw' "$(cat "$tmp/full.err")" ''
