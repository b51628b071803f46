#!/usr/bin/env bash
# A service that gives up root gives up all of it: the threads of holmes have its new ids and groups
# when setuid returns, also those of an event that is being made, and its next dumps bear them.
source "$(dirname "$0")/lib.sh"

[[ $(id -u) == 0 ]] || skip 'only root can give up root'
chmod 755 "$tmp" && chmod 777 "$dumps"
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_CPU=0 HOLMES_LOG=stderr
start_victim drop_ids
wait_until 'the monitor' has_monitor "$pid"
wait_event thread
ids_of() { cat /proc/"$pid"/task/*/status | grep -E '^(Uid|Gid|Groups)' | tr '\t' ' ' | sort -u; }
assert_eq 'drop' "$(ask drop_ids 'drop 54321')" 'drop 0'
assert_eq 'ids of all threads' "$(ids_of)" "$(printf '%s\n' \
  'Gid: 54321 54321 54321 54321' 'Groups: 54321 54322 ' 'Uid: 54321 54321 54321 54321' | sort)"
assert_file_has "/proc/$pid/status" '^Uid:	54321	'
