#!/usr/bin/env bash
# A dump folder on a read-only file system, without a log: the service runs, nothing is printed, and
# dumping starts when the folder can be written.
source "$(dirname "$0")/lib.sh"

mount --bind "$dumps" "$dumps" 2>/dev/null || skip 'cannot mount here'
at_end "umount -l '$dumps'"
mount -o remount,ro,bind "$dumps" || skip 'cannot mount read-only here'

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_victim threads 10
wait_until 'the monitor' has_monitor "$pid"
assert_eq 'the victim answers' "$(ask threads hello)" hello
mount -o remount,rw,bind "$dumps"
wait_event thread
assert_eq 'what the service itself saw' "$(cat "$tmp/threads.err")" ''
