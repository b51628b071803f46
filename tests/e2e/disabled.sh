#!/usr/bin/env bash
# HOLMES_ENABLE=0: loaded and inert. No thread, no file.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_victim threads 10   # the same, enabled: proof that it would have dumped
enabled=$pid
wait_event thread
kill -KILL "$enabled"
wait_until 'the watched victim to end' is_gone "$enabled"

dumps=$tmp/none
holmes_set HOLMES_ENABLE=0 HOLMES_DUMP_PATH="$dumps" HOLMES_COLLECT_INTERVAL=10ms
start inert "$victims/threads" 10
wait_until 'the inert one to be ready' file_has "$tmp/inert.out" '^READY$'
assert_file_has "/proc/$pid/maps" 'libholmes\.so'
has_monitor "$pid" && fail 'there is a monitor'
for _ in {1..20}; do assert_eq answer "$(ask inert hello)" hello; done
assert_eq 'threads' "$(threads_of "$pid")" 11
[[ ! -e $dumps ]] || fail "$dumps was made"
