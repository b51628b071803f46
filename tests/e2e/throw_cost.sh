#!/usr/bin/env bash
# C++ exceptions cost the host no more than without holmes, before and after a CPU capture.
source "$(dirname "$0")/lib.sh"

throw_ns() { ask "$1" measure | awk '{ print $2 }'; }
measure() { assert_costs "ns a throw, $1" 1.7 'throw_ns bare' 'throw_ns under'; }

start_bare bare "$victims/throw_many" 4000
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_COOLDOWN=1h
holmes_set HOLMES_WARMUP=60  # the first measuring is over before readings are judged
start under "$victims/throw_many" 4000
for name in bare under; do
  wait_until "$name to be ready" file_has "$tmp/$name.out" '^READY$'
done

measure 'before a capture'
assert_eq 'events so far' "$(events)" ''
ask under start >"$tmp/started.out"
wait_event cpu
measure 'after a capture'
