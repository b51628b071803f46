#!/usr/bin/env bash
# HOLMES_ON_DUMP runs also where the service is killed before its event is finished, with the service's environment.
source "$(dirname "$0")/lib.sh"

background flock -o "$dumps" sleep 1000  # names wait for their turn
is_locked() { ! flock -n "$1" true; }
wait_until 'the folder to be locked' is_locked "$dumps"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=1h COLOUR='deep blue' HOLMES_EVENT=none
holmes_set HOLMES_ON_DUMP="env >>'$tmp/env.out'; ps -o cls=,sid=,pid= -p \$\$ >'$tmp/ps.part'; mv '$tmp/ps.part' '$tmp/ps.out'"
start_victim threads 10
symbolizer_waits() {
  symbolizer=$(pgrep -f "symbolize --event $dumps/") && grep -qE -- "-> FLOCK .* $symbolizer " /proc/locks
}
wait_until 'the command to wait for its turn' symbolizer_waits
kill -KILL "$pid"
wait_until 'the service to end' is_gone "$pid"
kill $(tree_of "$background_pid")
wait_until 'HOLMES_ON_DUMP to run' test -s "$tmp/ps.out"
wait_event thread
assert_eq symbolized "$(manifest .symbolized)" true
assert_eq 'its event' "$(grep '^HOLMES_EVENT=' "$tmp/env.out")" "HOLMES_EVENT=$event"
assert_file_has "$tmp/env.out" '^COLOUR=deep blue$'
assert_eq 'lines with the preload' "$(lines_with "$tmp/env.out" 'libholmes|^HOST:')" 0
read -r class session command <"$tmp/ps.out"
assert_eq 'scheduling class, and a session of its own' "$class $session" "TS $command"

# With the service alive it runs once.
rm -rf "${dumps:?}"/* "$tmp"/threads.* "$tmp"/*.out
start_victim threads 10
wait_until 'HOLMES_ON_DUMP to run' test -s "$tmp/ps.out"
ask threads hello >"$tmp/answer"
tell threads quit
wait_until 'the service to end' is_gone "$pid"
assert_eq 'runs of the command' "$(lines_with "$tmp/env.out" '^HOLMES_EVENT=')" 1
