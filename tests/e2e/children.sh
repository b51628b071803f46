#!/usr/bin/env bash
# A host that looks after its children sees none of holmes': no SIGCHLD, nothing to wait for, though
# an event was symbolized and a command ran.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
holmes_set HOLMES_ON_DUMP="touch '$tmp/ran'"
start_victim child_watch
ask child_watch 'grow 200' >"$tmp/answer"
wait_event mem
wait_until 'the command to run' test -e "$tmp/ran"
wait_event mem 2
assert_eq symbolized "$(manifest .symbolized)" true
tell child_watch count
wait_until 'the host to count' file_has "$tmp/child_watch.out" '^sigchld'
assert_eq 'what the host saw' "$(grep '^sigchld' "$tmp/child_watch.out")" 'sigchld 0 waited 0'
zombies() { awk '$1 == "State:" { state = $2 } $1 == "PPid:" { print state, $2 }' /proc/[0-9]*/status 2>/dev/null; }
no_zombies() { ! zombies | grep -qx "Z $pid"; }
wait_until 'zombies to be gone' no_zombies  # the last one's exit is noticed a moment after its files appear
