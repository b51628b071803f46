#!/usr/bin/env bash
# A dump folder that cannot be made (it is below a file): the log says so by name, the service never
# notices, and dumping starts when the folder can be written.
source "$(dirname "$0")/lib.sh"

dumps=$tmp/file/dumps
log=$tmp/service.log
echo 'in the way' >"$tmp/file"
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_DUMP_PATH="$dumps" HOLMES_LOG="$log"
start_victim threads 10
wait_until 'a line about the folder' file_has "$log" "$dumps"
assert_eq 'the victim answers' "$(ask threads hello)" hello
rm "$tmp/file"
mkdir -p "$dumps"
wait_event thread
assert_eq "what the service itself saw" "$(cat "$tmp/threads.err")" ''
