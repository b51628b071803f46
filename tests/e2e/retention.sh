#!/usr/bin/env bash
# HOLMES_MAX_DUMPS=2: the oldest own events go, with all their files; what is not ours stays.
source "$(dirname "$0")/lib.sh"

echo mine >"$dumps/mine.heap.pb.gz"
echo mine >"$dumps/20200101T000000.000Z-notes.txt"
echo '{"mine": true}' >"$dumps/mine.json"
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_THREAD_MAX=50 HOLMES_COOLDOWN=100ms
holmes_set HOLMES_MAX_DUMPS=2
start_victim threads 10
wait_until 'five dumps' has_lines "$log" '\] pprof thread' 5
ask threads 'more 50' >"$tmp/answer"  # above the max: no more dumps

ours() { find "$dumps" -type f -name '*-threads-*' ! -name '.*' -printf '%f\n' | sort; }
two_left() { (($(events thread | wc -l) == 2)); }
settled() { local a; a=$(ours); sleep 0.5; [[ $a == "$(ours)" ]] && two_left; }
wait_until 'two events to be left' settled
named=$(jq -r '.event + ".json", .files[].name' $(events thread) | sort)
assert_eq 'files of ours' "$(ours)" "$named"
assert_eq 'a file of somebody else' "$(cat "$dumps/mine.heap.pb.gz")" mine
assert_eq 'a file of somebody else' "$(cat "$dumps/20200101T000000.000Z-notes.txt")" mine
assert_eq 'a file of somebody else' "$(jq .mine "$dumps/mine.json")" true
