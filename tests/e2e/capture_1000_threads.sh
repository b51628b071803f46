#!/usr/bin/env bash
# The stacks of 1000 parked threads: in 15 ms on an idle machine (20 are let pass), 50 times faster than gdb and eu-stack
# beside it, whatever else runs, and no parked thread is kept from running.
source "$(dirname "$0")/lib.sh"
command -v gdb >/dev/null || skip 'gdb is not installed'
command -v eu-stack >/dev/null || skip 'eu-stack (elfutils) is not installed'

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=500 HOLMES_COOLDOWN=300ms
read -r load _ </proc/loadavg
start_victim threads 1000
wait_event thread 5
best=
for event in $(events thread); do
  assert_eq 'threads in the dump' "$(manifest '.files[] | select(.profile == "threads") | .samples')" 1001
  assert_eq 'threads without a stack' "$(manifest '.files[] | select(.profile == "threads") | .dropped')" 0
  assert_between 'longest pause of a thread, in µs' "$(manifest .max_pause_us)" 0 100
  took=$(manifest .capture_us)
  [[ -n $best ]] && ((best <= took)) || best=$took
done

microseconds_of() {  # COMMAND...
  local begin=${EPOCHREALTIME/./}
  "$@" >"$tmp/stacks" 2>/dev/null || true
  echo $((${EPOCHREALTIME/./} - begin))
}
gdb=$(microseconds_of gdb -nx -q -batch -p "$pid" -ex 'thread apply all bt')
assert_between "gdb's threads" "$(grep -c '^Thread ' "$tmp/stacks")" 1001 1003
eu_stack=$(microseconds_of eu-stack -p "$pid")
assert_between "eu-stack's threads" "$(grep -c '^TID ' "$tmp/stacks")" 1001 1003
echo "holmes $best µs, gdb $gdb µs ($((gdb / best)) times), eu-stack $eu_stack µs ($((eu_stack / best)) times), load $load"
# A busy machine takes from all three, but not in equal shares.
times=50
awk "BEGIN { exit !($load < 0.7) }" || times=25
assert_true 'times faster than gdb' "$gdb / $best >= $times"
assert_true 'times faster than eu-stack' "$eu_stack / $best >= $times"
if awk "BEGIN { exit !($load < 0.7) }"; then
  assert_between 'capture on an idle machine, in µs' "$best" 1 20000
fi
