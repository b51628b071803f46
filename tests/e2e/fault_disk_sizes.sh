#!/usr/bin/env bash
# A disk that fills up at any point of a dump (its size is swept): nothing damaged under a final name, the
# service runs, and dumps are whole as soon as there is room.
source "$(dirname "$0")/lib.sh"
source "$here/fault.inc"

mount -t tmpfs -o size=4k tmpfs "$dumps" 2>/dev/null || skip 'cannot mount here'
at_end "umount -l '$dumps'"
log=$tmp/service.log
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=20ms \
  HOLMES_COLLECT_INTERVAL=20ms HOLMES_LOG="$log" HOLMES_MAX_DUMPS=3
start_victim threads 30
for pages in 1 2 3 4 5 6 7 8 10 12 14 16; do
  mount -o "remount,size=$((4 * pages))k" "$dumps"
  lines=$(lines_with "$log" . 2>/dev/null)
  wait_until "attempts with $pages pages" has_lines "$log" '.' $((${lines:-0} + 2))
  assert_eq 'the victim answers' "$(ask threads "after $pages")" "after $pages"
done
assert_file_has "$log" 'ENOSPC|[Nn]o space'
mount -o remount,size=8m "$dumps"
wait_fresh_event_after_faults
tell threads quit
wait "$pid" || fail "the victim ended with $?"
wait_until 'symbolizers to end' done_symbolizing
assert_whole_files
