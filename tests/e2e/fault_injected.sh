#!/usr/bin/env bash
# Every system call that a dump makes fails, one after the other (strace injects the error): the host runs
# on, what stands under a final name is whole, and dumping resumes when the calls work again.
# Arguments: SYSCALL:ERROR:LAST ..., LAST being the last call of each thread that is made to fail.
source "$(dirname "$0")/lib.sh"
source "$here/fault.inc"
command -v strace >/dev/null || skip 'strace is not installed'

faults=("$@")
((${#faults[@]})) || faults=(mmap:ENOMEM:6 openat:EMFILE:5 openat:ENOSPC:5 write:ENOSPC:3 fsync:EIO:3
  renameat2:EIO:3 clone:EAGAIN:1 process_vm_readv:EPERM:1 pread64:EIO:2 getdents64:EIO:2 timer_create:EAGAIN:2
  execve:EACCES:1 futex:EINTR:2)

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=50ms \
  HOLMES_COLLECT_INTERVAL=50ms HOLMES_MAX_DUMPS=8 HOLMES_CPU=1 HOLMES_CPU_MIN=0.1 HOLMES_CPU_DIFF=0 \
  HOLMES_CPU_ABS=0.2 HOLMES_CPU_DURATION=50ms
start_victim threads 10
wait_event thread

fail_calls() {  # SYSCALL ERROR NUMBER: for a moment
  local seen="$tmp/strace.$1.$2.$3"
  strace -f -qq -o "$seen" -e "trace=$1" -e "inject=$1:error=$2:when=$3" -p "$pid" \
    2>"$tmp/strace.err" &
  local tracer=$!
  injected() { grep -q INJECTED "$seen" || ! kill -0 "$tracer"; }
  # A dump need not make as many of these calls.
  for _ in {1..16}; do
    injected 2>/dev/null && break
    sleep 0.05
  done
  sleep 0.15  # what follows the failure is of interest, too
  # It may wait for ever for a child that was being made: killed, it lets go of all.
  kill -TERM "$tracer" 2>/dev/null || true
  for _ in {1..20}; do
    kill -0 "$tracer" 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL "$tracer" 2>/dev/null || true
  wait "$tracer" 2>/dev/null || true
  grep -q 'Operation not permitted' "$tmp/strace.err" && skip 'strace cannot attach here'
  grep -c INJECTED "$seen" || true
}

total=0
for fault in "${faults[@]}"; do
  IFS=: read -r call error last <<<"$fault"
  for ((number = 1; number <= last; ++number)); do
    injected=$(fail_calls "$call" "$error" "$number" | tail -n 1)
    total=$((total + injected))
    echo "$call number $number fails with $error: $injected times"
    assert_alive "$pid"
    assert_eq 'the victim answers' "$(ask threads "after $call $number")" "after $call $number"
  done
done
assert_true 'calls that were made to fail' "$total >= 10"
wait_fresh_event_after_faults
assert_eq 'what the service itself saw' "$(cat "$tmp/threads.err")" ''
tell threads quit
wait "$pid" || fail "the victim ended with $?"
holmes_set HOLMES_THREAD=0 HOLMES_CPU=0
assert_next_process_finishes_them
