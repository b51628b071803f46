#!/usr/bin/env bash
# Dumping the threads interrupts no system call of the host, of those that are never restarted; and
# each waiting thread is in the dump with its function, its state and its call.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5
start_victim waiters
wait_fresh_event thread
profile=$(profile_of threads)
for call in nanosleep poll epoll epoll_for_ever select recv sem_timedwait pause; do
  assert_eq "threads in wait_in_$call" "$(pprof_sum "$profile" threads "wait_in_$call")" 1
done
pprof -tags "$profile" >"$tmp/tags"
for tag in nanosleep poll epoll_wait sleeping; do
  grep -q "$tag" "$tmp/tags" || fail "no label says $tag"
done
tell waiters count
wait_until 'the count' file_has "$tmp/waiters.out" '^interrupted'
assert_eq 'calls that were interrupted' "$(grep '^interrupted' "$tmp/waiters.out")" 'interrupted 0'
