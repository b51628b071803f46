#!/usr/bin/env bash
# In a container whose profile refuses what those of older engines do, reading one's own memory by
# process_vm_readv among it, waiting threads are read all the same: with their functions, and none interrupted.
source "$(dirname "$0")/lib.sh"
source "$here/container.inc"

refused=(process_vm_readv process_vm_writev ptrace close_range pidfd_open renameat2)
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5
contain waiters 0 pid,mount,ipc,uts "$victims/waiters"
await_service waiters
assert_file_has "/proc/$(cat "$tmp/waiters.pid")/status" '^Seccomp:.2$'
wait_fresh_event thread
profile=$(profile_of threads)
for call in nanosleep poll epoll epoll_for_ever select recv sem_timedwait pause; do
  assert_eq "threads in wait_in_$call" "$(pprof_sum "$profile" threads "wait_in_$call")" 1
done
assert_eq 'main is there' "$(pprof_sum "$profile" threads main)" 1
assert_eq 'threads that are missing' "$(manifest '.files[] | select(.profile == "threads") | .dropped')" 0
tell waiters count
wait_until 'the count' file_has "$tmp/waiters.out" '^interrupted'
assert_eq 'calls that were interrupted' "$(grep '^interrupted' "$tmp/waiters.out")" 'interrupted 0'
tell waiters quit
wait_until 'the end of waiters' is_gone "$pid"
