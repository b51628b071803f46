#!/usr/bin/env bash
# A dump folder that disappears: the service runs on, and dumping resumes when the folder is back.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_victim threads 2
wait_until 'the monitor' has_monitor "$pid"
mv "$dumps" "$tmp/away"
ask threads 'more 10' >"$tmp/answer"
assert_eq 'the victim answers' "$(ask threads hello)" hello
mkdir -p "$dumps"
wait_event thread
assert_eq 'a profile in the new folder' "$(dirname "$(profile_of threads)")" "$dumps"
assert_eq 'what the service itself saw' "$(cat "$tmp/threads.err")" ''
