#!/usr/bin/env bash
# C++ exceptions cost the host no more than without holmes, before and after a CPU capture.
source "$(dirname "$0")/lib.sh"

throw_ns() { ask "$1" "$2" | awk '{ print $2 }'; }
start_victim_bare throw_many
bare=$(throw_ns throw_many measure)
tell throw_many quit

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_COOLDOWN=1h
holmes_set HOLMES_WARMUP=40  # the first measuring is over before readings are judged
start under "$victims/throw_many"
wait_until 'throw_many to be ready' file_has "$tmp/under.out" '^READY$'
before=$(throw_ns under before)
assert_eq 'events so far' "$(events)" ''
ask under start >"$tmp/started.out"
wait_event cpu
after=$(throw_ns under after)
echo "ns per throw: bare $bare, under holmes $before, after a capture $after"
assert_true 'a throw before the capture' "$before < 1.7 * $bare"
assert_true 'a throw after the capture' "$after < 1.7 * $bare"
