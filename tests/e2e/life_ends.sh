#!/usr/bin/env bash
# However a host ends, it ends so in the middle of dumps of every kind: at once, with its own exit code;
# and no half-written file stands under a final name.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_COOLDOWN=10ms HOLMES_COLLECT_INTERVAL=10ms HOLMES_WARMUP=2
holmes_set HOLMES_CPU_DURATION=40ms HOLMES_CPU_HZ=1000 HOLMES_MAX_DUMPS=100000
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_HEAP_SAMPLE=4K HOLMES_SYMBOLIZE=off
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M

code_of() {
  local code=0
  timeout -k 1 "$patience" env "${settings[@]}" LD_PRELOAD="$library" "$victims/ends" "$@" >/dev/null || code=$?
  echo "$code"
}
declare -A expected=([abort]=134 [kill]=143 [pthread_exit]=0)
ulimit -c 0
for how in return exit _exit quick_exit abort kill pthread_exit exec thread_exit destructor; do
  for ms in 30 45 60 75 90 105 120 150; do
    assert_eq "exit code by $how after $ms ms" "$(code_of $how $ms 2>/dev/null)" "${expected[$how]:-7}"
  done
done
assert_true 'events' "$(events | wc -l) >= 20"
echo "$(events | wc -l) events in 80 lives"
for file in "$dumps"/*.pb.gz; do gzip -t "$file" || fail "$file is damaged"; done
for file in $(events); do jq -e .event "$file" >/dev/null || fail "$file is damaged"; done
