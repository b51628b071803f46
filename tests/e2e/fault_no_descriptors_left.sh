#!/usr/bin/env bash
# A host that has used up its descriptors can still be dumped, and loses none of them to it.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5 HOLMES_WARMUP=1
start full python3 -c '
import os, resource, sys, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
try:
    while True: os.dup(0)
except OSError: print("READY", flush=True)
for _ in range(10): threading.Thread(target=threading.Event().wait, daemon=True).start()
sys.stdin.readline()'
wait_until 'the victim to be ready' file_has "$tmp/full.out" '^READY$'
before=$(ls "/proc/$pid/fd")
wait_event thread 2
assert_eq 'descriptors in use' "$(ls "/proc/$pid/fd")" "$before"
assert_eq 'threads in the dump' "$(pprof_total "$(profile_of threads)" threads)" 11
assert_eq 'functions are named' "$(manifest .symbolized)" true
tell full quit
wait "$pid" || fail "the victim ended with $?"
assert_eq 'what the service itself saw' "$(cat "$tmp/full.err")" ''
