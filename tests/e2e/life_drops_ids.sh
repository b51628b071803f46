#!/usr/bin/env bash
# A service that gives up root gives up all of it: the monitor has its new ids and groups when setuid
# returns, an event that is being made soon afterwards, and the next dumps bear them.
source "$(dirname "$0")/lib.sh"

[[ $(id -u) == 0 ]] || skip 'only root can give up root'
chmod 755 "$tmp" && chmod 777 "$dumps"
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_CPU=0 HOLMES_LOG=stderr
start_victim drop_ids
wait_until 'the monitor' has_monitor "$pid"
wait_event thread
ids_of() { cat "$@" 2>/dev/null | grep -E '^(Uid|Gid|Groups)' | tr '\t' ' ' | sort -u; }
assert_eq 'drop' "$(ask drop_ids 'drop 54321')" 'drop 54321 = 0'
monitor=$(grep -lx holmes /proc/"$pid"/task/*/comm 2>/dev/null || :)  # other threads may end meanwhile
new_ids=$(printf '%s\n' 'Gid: 54321 54321 54321 54321' 'Groups: 54321 54322 ' \
  'Uid: 54321 54321 54321 54321' | sort)
assert_eq "the monitor's ids" "$(ids_of "${monitor%comm}status")" "$new_ids"
only_new_ids() { [[ $(ids_of /proc/"$pid"/task/*/status) == "$new_ids" ]]; }
wait_until 'all threads to have the new ids' only_new_ids
wait_fresh_event thread
assert_eq 'owner of a dump' "$(stat -c %u:%g "$(profile_of threads)")" 54321:54321
assert_eq 'owner of a manifest' "$(stat -c %u:%g "$event")" 54321:54321
