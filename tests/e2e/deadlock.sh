#!/usr/bin/env bash
# A deadlock: 100 requests in one group, the two threads that hold the locks in one each, named with
# their lines.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=102 HOLMES_DUMP_FORMAT=text
start_service deadlock
background curl -s "$url/lockorder1"
background curl -s "$url/lockorder2"
wait_until 'both lock orders to run' has_threads "$pid" 3
background wrk -t1 -c100 -d100s --timeout 100s "$url/req"

deadlock_shown() {
  local file
  file=$(profile_of threads) || return 1
  group_has "$file" '100 @' "$(frame req deadlock.cc)" &&
    group_has "$file" '1 @' "$(frame lockorder1 deadlock.cc)" &&
    group_has "$file" '1 @' "$(frame lockorder2 deadlock.cc)"
}
wait_dump thread deadlock_shown
assert_eq 'threads counted' "$(manifest .current)" 103
assert_eq header "$(head -n 1 "$(profile_of threads)")" 'threads profile: total 103'
assert_match 'the largest group comes first' "$(groups "$(profile_of threads)" | head -n 1)" '^100 @'
