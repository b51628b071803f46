#!/usr/bin/env bash
# The stacks of parked threads are gdb's, frame by frame, whatever compilers, libraries and signals made
# of them: with and without frame pointer, through libraries without symbols, through handlers.
source "$(dirname "$0")/lib.sh"
source "$here/capture.inc"
command -v gdb >/dev/null || skip 'gdb is not installed'

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=200 HOLMES_COOLDOWN=1s
start_victim capture_zoo 3
wait_fresh_event thread
dump_stacks "$(profile_of threads)" "$tmp/ours"
gdb_stacks "$pid" "$tmp/gdb"
threads=$(wc -l <"$tmp/ours")
assert_true 'enough threads' "$threads >= 200"
compare_stacks "$tmp/gdb" "$tmp/ours" >"$tmp/compared"
result=$(tail -n 1 "$tmp/compared")
echo "$result"
while read -r _ tid rest; do
  echo "differs: $(cat "/proc/$pid/task/$tid/comm"): $rest"
done < <(grep ^differs "$tmp/compared" | head -n 20)
[[ $result =~ ^equal\ ([0-9]+)\ of\ ([0-9]+)$ ]]
assert_eq 'threads compared' "${BASH_REMATCH[2]}" "$threads"
assert_true 'threads with the same stack' "${BASH_REMATCH[1]} >= 0.99 * ${BASH_REMATCH[2]}"
