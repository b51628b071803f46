#!/usr/bin/env bash
# fault_kill.sh [TIMES]: kill -9 at random moments of a dump (30). No damaged file ever stands under a final
# name, and a later process of the same folder finishes or removes what the killed ones left.
source "$(dirname "$0")/lib.sh"
source "$here/fault.inc"
times=${1:-30}

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=10ms \
  HOLMES_COLLECT_INTERVAL=10ms HOLMES_WARMUP=1 HOLMES_LOG=none HOLMES_MAX_DUMPS=400 \
  HOLMES_MEM=1 HOLMES_MEM_ABS=0.0001 HOLMES_MEM_DIFF=0 HOLMES_MEM_MIN=0
left=0
seen=0
for ((i = 0; i < times; ++i)); do
  start "killed$i" "$victims/threads" 20
  # From the first reading on it makes one dump after another: any moment is one of a dump.
  wait_until 'a dump to begin' makes_a_dump "$pid"
  sleep "0.$(printf '%03d' $((RANDOM % 150)))"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  eval "exec ${input_of[killed$i]}>&-"
  unset "input_of[killed$i]"
  # What was left by this one; a symbolizer of the dead may still be finishing it.
  [[ -z $(temporary_files) ]] || left=$((left + 1))
  assert_whole_profiles
done
seen=$(find "$dumps" -name '*.pb.gz' ! -name '.*' | wc -l)
echo "killed $times times, $left times with files left behind, $seen finished profiles"
assert_true 'kills in the middle of a dump' "$left >= $times / 5"

holmes_set HOLMES_THREAD_ABS=1000 HOLMES_MEM=0
assert_next_process_finishes_them
