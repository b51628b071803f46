#!/usr/bin/env bash
# A blocked C library: one event has the stacks of about 1000 threads in the C function, and who made
# them.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1000
start_service thread_trigger
curl -sSf "$url/leak"

all_blocked() { (($(pprof_sum "$(profile_of threads)" threads output) >= 990)); }
wait_dump thread all_blocked
assert_between 'threads in output' "$(pprof_sum "$(profile_of threads)" threads output)" 990 1000
assert_between 'threads made by leak' "$(pprof_sum "$(profile_of threadcreate)" threads leak)" 990 1000
assert_eq 'profiles of the event' "$(manifest '[.files[].profile] | sort | join(" ")')" \
  'threadcreate threads'
assert_eq dropped "$(manifest '[.files[].dropped] | add')" 0
