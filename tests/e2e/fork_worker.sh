#!/usr/bin/env bash
# A forked worker has its own monitor: its event bears its pid and its parent's; the master has none.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20
start_victim fork_worker
worker=$(awk '$1 == "worker" { print $2 }' "$tmp/fork_worker.out")
wait_until 'the monitor of the worker' has_monitor "$worker"
ask fork_worker burn >"$tmp/answer"
wait_event cpu
assert_eq pid "$(manifest .pid)" "$worker"
assert_eq ppid "$(manifest .ppid)" "$pid"
assert_true 'worker_burn has the profile' \
  "$(pprof_sum "$(profile_of cpu)" cpu worker_burn) >= 0.9 * $(pprof_total "$(profile_of cpu)" cpu)"
assert_eq 'the master answers' "$(ask fork_worker hello)" hello
assert_eq 'events of the master' "$(jq -r .pid $(events) | grep -cx "$pid" || true)" 0
