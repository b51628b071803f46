#!/usr/bin/env bash
# boost.context's fibers, which throw and catch on small stacks: the same result as bare while captures of CPU
# and heap look at them, and their work is named.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/fault.inc"
[[ -x $victims/fibers_boost ]] || skip 'built without boost.context'

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_CPU_DURATION=300ms HOLMES_CPU_HZ=1000 \
  HOLMES_COOLDOWN=20ms HOLMES_COLLECT_INTERVAL=20ms HOLMES_WARMUP=1 HOLMES_HEAP_SAMPLE=4K
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=0.0001
bare=$("$victims/fibers_boost" 1000) && code=0 || code=$?
start fibers "$victims/fibers_boost" 1000
under=0
wait "$pid" || under=$?
assert_eq 'exit code' "$under" "$code"
assert_eq 'result' "$(cat "$tmp/fibers.out")" "$bare"
assert_eq 'what it said' "$(cat "$tmp/fibers.err")" ''
assert_next_process_finishes_them  # what was not ready yet when the program ended
for kind in cpu mem; do
  echo "$kind: $(events $kind | wc -l) events"
  assert_true "events of kind $kind" "$(events $kind | wc -l) >= 1"
done
event=$(events cpu | tail -n 1)
profile=$(profile_of cpu)
assert_true 'the work of the fibers has the CPU' \
  "$(pprof_sum "$profile" cpu boost_fiber_work) >= 0.6 * $(pprof_total "$profile" cpu)"
