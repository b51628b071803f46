#!/usr/bin/env bash
# stress-ng's stressors end under holmes, while dumps fire, as they end without: same exit codes, nothing
# failed. Arguments: stressors; scripts/suites runs more of them, for longer.
source "$(dirname "$0")/lib.sh"
command -v stress-ng >/dev/null || skip 'stress-ng is not installed'

stressors=("$@")
((${#stressors[@]})) || stressors=(malloc pthread fork vfork clone exec sigaltstack signal timer context dynlib daemon)
seconds=${HOLMES_TEST_SECONDS:-2}
settings+=(HOLMES_LOG="$tmp/holmes.log" HOLMES_COLLECT_INTERVAL=50ms HOLMES_WARMUP=1 HOLMES_COOLDOWN=200ms
  HOLMES_CPU=1 HOLMES_CPU_ABS=5 HOLMES_CPU_DURATION=200ms HOLMES_MEM=1 HOLMES_MEM_MIN=0 HOLMES_MEM_ABS=0.001
  HOLMES_THREAD=1 HOLMES_THREAD_MIN=0 HOLMES_THREAD_ABS=1 HOLMES_MAX_DUMPS=20)

# run_stressor KIND VARIABLE...: its exit code, and what it says of failures, without times and pids.
run_stressor() {
  local kind=$1 code=0
  shift
  (cd "$tmp" && timeout -k 5 $((seconds + 25)) env "$@" stress-ng --"$kind" 1 --timeout "${seconds}s" --verify \
    >"$tmp/$kind.log" 2>&1) || code=$?
  echo "exit $code, $(grep -ciE 'fail:|failed:|aborted|core dump' "$tmp/$kind.log" || true) failures"
}

for kind in "${stressors[@]}"; do
  bare=$(run_stressor "$kind")
  under=$(run_stressor "$kind" "${settings[@]}" LD_PRELOAD="$library")
  echo "$kind: bare $bare, under holmes $under"
  if [[ $bare != "$under" ]]; then
    cat "$tmp/$kind.log"
    fail "$kind ends otherwise under holmes"
  fi
done
assert_true 'dumps were made meanwhile' "$(events | wc -l) >= 3"
