#!/usr/bin/env bash
# In a container as container engines make them, with their usual seccomp profile, few capabilities and
# namespaces of its own, a service is watched as everywhere: as process 1, below it, and as a plain user.
# That the kernel filters the service is looked at each time: none of it passes without the filter.
source "$(dirname "$0")/lib.sh"
source "$here/container.inc"

holmes_set HOLMES_CPU_CORES=1 HOLMES_MEMORY_LIMIT=500M HOLMES_COOLDOWN=1m
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=20
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=15

# spikes NAME SERVICE_PID INNER_PID: of each kind one, and what each dump says.
spikes() {
  local name=$1 service=$2
  assert_file_has "/proc/$service/status" '^Seccomp:.2$'
  assert_file_has "/proc/$service/status" '^NoNewPrivs:.1$'
  assert_file_has "/proc/$service/status" "^NSpid:.*[[:space:]]$3\$"
  # First: what the others cost looks like a spike, too.
  ask "$name" burn >"$tmp/asked"
  wait_event cpu
  assert_between "$name: ns burnt of a second" "$(pprof_sum "$(profile_of cpu)" cpu burn_here)" 100000000 1100000000
  ask "$name" 'park 20' >"$tmp/asked"
  wait_event thread
  assert_eq "$name: threads parked" "$(pprof_sum "$(profile_of threads)" threads park_here)" 20
  assert_eq "$name: threads made" "$(pprof_sum "$(profile_of threadcreate)" threads main)" 21
  ask "$name" 'grow 200' >"$tmp/asked"
  wait_event mem
  assert_between "$name: bytes grown" "$(pprof_sum "$(profile_of heap)" inuse_space grow_here)" 60000000 260000000
  for event in $(events); do
    assert_eq "$name: functions are named" "$(manifest .symbolized)" true
    assert_eq "$name: pid" "$(manifest .pid)" "$3"
  done
  assert_eq "$name: events" "$(events | wc -l)" 3
  assert_no_strays
  ! grep -E 'WARN|ERROR|missing|failed' "$log" || fail "$name: the log complains"
  tell "$name" quit
  wait_until "the end of $name" is_gone "$pid"
  rm -rf "${dumps:?}"/*
}

contain process_1 0 pid,mount,ipc,uts "$victims/spikes"
await_service process_1
spikes process_1 "$(cat "$tmp/process_1.pid")" 1

contain below_process_1 0 pid,mount,ipc,uts sh -c "$victims/spikes; exit \$?"
await_service below_process_1
service=$(pgrep -P "$(cat "$tmp/below_process_1.pid")" -x spikes)
spikes below_process_1 "$service" "$(awk '$1 == "NSpid:" { print $NF }' "/proc/$service/status")"

chown 54399:54399 "$dumps"
contain as_user 54399 pid,mount,ipc,uts "$victims/spikes"
await_service as_user
assert_file_has "/proc/$(cat "$tmp/as_user.pid")/status" '^CapEff:.0*$'
spikes as_user "$(cat "$tmp/as_user.pid")" 1

# With the machine's own process ids process 1 is no member of the container, and nothing tells whose filter it is.
chown 0:0 "$dumps"
contain machine_pids 0 mount,ipc,uts "$victims/spikes"
await_service machine_pids
wait_until 'the reason' file_has "$log" 'not watched: .* seccomp filter'
assert_eq 'it answers' "$(ask machine_pids hello)" hello
tell machine_pids quit
wait_until 'the end of machine_pids' is_gone "$pid"
assert_eq 'events with the machine’s pids' "$(events | wc -l)" 0
