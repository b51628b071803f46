#!/usr/bin/env bash
# A host under a real-time policy keeps it, and nothing of holmes has it: no thread, keeper or command can put a thread
# of the host off. Its spike is dumped all the same, even on the one core that it burns, in the time that the kernel
# leaves to others.
source "$(dirname "$0")/lib.sh"
chrt -f 10 true 2>/dev/null || skip 'no real-time policy here'

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_CPU_CORES=1 HOLMES_CPU_DURATION=2s \
  HOLMES_COOLDOWN=1m HOLMES_ON_DUMP="ps -o cls=,comm= -p \$PPID,\$\$ >$tmp/on_dump.part; mv $tmp/on_dump.part $tmp/on_dump"
classes() { ps -L -o cls=,comm= -p "$1" | awk '{ print $2, $1 }' | sort -u; }  # PID: NAME CLASS
captures() { grep -qsx holmes-dump /proc/"$1"/task/*/comm; }

# spikes POLICY CLASS COMMAND...: a victim under it burns, and is dumped.
spikes() {
  launcher=(chrt "$1" 10 "${@:3}")
  start_victim spin 1
  launcher=()
  ask spin start >"$tmp/asked"
  wait_until 'the capture' captures "$pid"
  assert_eq "$1: classes while it captures" "$(classes "$pid" | tr '\n' ',')" "holmes TS,holmes-dump TS,spin $2,"
  wait_event cpu
  # On a core that is burnt the capture ends when holmes has its turn, which is once a second.
  assert_between "$1: ns burnt of two seconds" "$(pprof_sum "$(profile_of cpu)" cpu spin_here)" 1000000000 4000000000
  assert_eq "$1: functions are named" "$(manifest .symbolized)" true
  wait_until 'the command of the event' test -e "$tmp/on_dump"
  assert_eq "$1: classes of keeper and command" "$(awk '{ print $2, $1 }' "$tmp/on_dump" | sort | tr '\n' ',')" \
    'holmes-keeper TS,sh TS,'
  { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true  # its first thread may never get a turn to read
  rm -rf "${dumps:?}"/* "$tmp"/spin.* "$tmp/on_dump"
}

spikes -f FF
spikes -r RR
if (($(cat /proc/sys/kernel/sched_rt_runtime_us) >= 0)); then
  core=$(taskset -pc $$ | sed 's/.*: \([0-9]*\).*/\1/')
  spikes -f FF taskset -c "$core"
fi
