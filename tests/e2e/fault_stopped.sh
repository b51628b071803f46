#!/usr/bin/env bash
# A process that was stopped for a while goes on as before: no burst of readings, and no spike that was none.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_MIN=20 HOLMES_CPU_DIFF=50 HOLMES_CPU_ABS=0 HOLMES_THREAD=1 HOLMES_THREAD_ABS=0 \
  HOLMES_MEM=1 HOLMES_MEM_ABS=0 HOLMES_LOG_LEVEL=debug HOLMES_COLLECT_INTERVAL=100ms
start_victim threads 5
readings() { lines_with "$log" 'NODUMP thread'; }
has_readings() { (($(readings) >= $1)); }
wait_until 'readings' has_readings 5
kill -STOP "$pid"
before=$(readings)
sleep 3  # thirty readings are missed: this is the time that must pass
during=$(readings)
assert_between 'readings of a stopped process' "$((during - before))" 0 1
kill -CONT "$pid"
begin=${EPOCHREALTIME/./}
wait_until 'five readings more' has_readings $((during + 5))
took=$((${EPOCHREALTIME/./} - begin))
assert_true 'no burst: five readings take four intervals, in µs' "$took >= 150000"
assert_eq 'the victim answers' "$(ask threads hello)" hello
assert_eq 'spikes seen' "$(events | wc -l)" 0
