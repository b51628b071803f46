#!/usr/bin/env bash
# A full disk: nothing half-written stands under a final name, the log says so, the service runs, and
# dumping starts when there is room.
source "$(dirname "$0")/lib.sh"

mount -t tmpfs -o size=4m tmpfs "$dumps" 2>/dev/null || skip 'cannot mount here'
at_end "umount -l '$dumps'"
cat /dev/zero >"$dumps/filler" 2>/dev/null || true

log=$tmp/service.log
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_LOG="$log"
start_victim threads 10
wait_until 'three lines about the disk' has_lines "$log" 'ENOSPC|[Nn]o space' 3
assert_eq 'the victim answers' "$(ask threads hello)" hello
assert_eq 'files under a final name' "$(ls "$dumps")" filler
rm "$dumps/filler"
wait_event thread
assert_true 'the profile is whole' "$(pprof_sum "$(profile_of threads)" threads parked_here) == 10"
assert_no_strays
hidden_left() { [[ -z $(find "$dumps" -name '.*.part' -mmin +1) ]]; }
wait_until 'parts of failed dumps to be removed' hidden_left
