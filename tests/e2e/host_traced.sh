#!/usr/bin/env bash
# Under a debugger, under valgrind, or when the host traces itself: no signal of holmes stops it.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_DURATION=200ms HOLMES_COOLDOWN=50ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_SYMBOLIZE=off HOLMES_CPU_HZ=1000

# Its parent, which traces it, never lets it go on: one signal would stop it for ever.
start traced "$victims/traced"
wait_until 'it to be ready' file_has "$tmp/traced.out" '^READY$'
wait_event thread 3
wait_event cpu 2
assert_eq 'a host that is traced' "$(ask traced hello)" hello
assert_match 'state' "$(awk '$1 == "State:" { print $2 }' /proc/"$pid"/status)" '^[RS]$'
tell traced quit

if command -v gdb >/dev/null; then
  rm -rf "${dumps:?}"/*
  start spin "$victims/spin" 1
  wait_until 'it to be ready' file_has "$tmp/spin.out" '^READY$'
  ask spin start >"$tmp/answer"
  wait_event cpu
  for _ in 1 2 3; do
    timeout "$patience" gdb -q -batch -p "$pid" -ex 'break spin_here' -ex 'thread apply all bt 30' \
      -ex 'delete' -ex 'detach' >"$tmp/gdb.log" 2>&1 || fail 'gdb'
    grep -q spin_here "$tmp/gdb.log" || fail 'gdb saw no spin_here'
    ! grep -qE 'received signal|SIGPROF' "$tmp/gdb.log" || fail 'gdb was shown a signal'
  done
  wait_fresh_event cpu
  assert_eq 'after gdb' "$(ask spin stop)" stop
  assert_true 'samples after gdb' "$(pprof_total "$(profile_of cpu)" samples) > 5"
  tell spin quit
fi

if command -v valgrind >/dev/null; then
  code=0
  env "${settings[@]}" LD_PRELOAD="$library" timeout 100 valgrind -q --error-exitcode=9 \
    "$victims/ends" return 300 >"$tmp/valgrind.log" 2>&1 || code=$?
  assert_eq 'exit code under valgrind' "$code" 7
fi
