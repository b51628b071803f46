#!/usr/bin/env bash
# Holmes keeps no descriptor open in its host: after an event it has the same ones as without.
source "$(dirname "$0")/lib.sh"

descriptors() { ls "/proc/$1/fd" | sort -n | tr '\n' ' '; }
start_victim_bare threads 2
bare=$(descriptors "$pid")
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start watched "$victims/threads" 10
wait_event thread 2
for _ in {1..20}; do
  assert_eq descriptors "$(descriptors "$pid")" "$bare"
done
