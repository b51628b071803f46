#!/usr/bin/env bash
# Events that come together are given their names one after the other. Whoever holds the folder for too
# long, or is stopped, keeps none of them from their names.
source "$(dirname "$0")/lib.sh"

mkdir -m 700 "$tmp/copy"
is_locked() { ! flock -n "$1" true; }
for folder in "$tmp/copy" "$dumps"; do
  background flock -o "$folder" sleep 1000
  wait_until "$folder to be locked" is_locked "$folder"
done

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
start_victim steps 200
waits_for_turn() {
  local command
  command=$(pgrep -f "symbolize --event $dumps/") && grep -qE -- "-> FLOCK .* $command " /proc/locks
}
wait_until 'the command to wait for its turn' waits_for_turn
assert_eq 'finished events' "$(events)" ''

# A third of the deadline is spent on waiting.
cp "$dumps"/.*.raw "$tmp/copy/"
draft=$(ls "$tmp"/copy/.*.json.raw)
began=$EPOCHREALTIME
holmes symbolize --event "$draft" --deadline 6
assert_between 'seconds until it went on without its turn' \
  "$(awk "BEGIN { print $EPOCHREALTIME - $began }")" 2 5.5
assert_file_has "$tmp"/copy/*-mem.json '"symbolized": ?true'

kill $(tree_of "$background_pid")
wait_event mem
assert_eq symbolized "$(manifest .symbolized)" true
assert_between 'bytes at grow_here' "$(pprof_sum "$(profile_of heap)" inuse_space grow_here)" 100e6 260e6
