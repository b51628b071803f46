#!/usr/bin/env bash
# A slow leak of seven threads: found by the diff rule at a low min, all in the lambda that leaks.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_MIN=7 HOLMES_THREAD_DIFF=25 HOLMES_THREAD_ABS=0
holmes_set HOLMES_LOG_LEVEL=debug HOLMES_COLLECT_INTERVAL=500ms HOLMES_DUMP_FORMAT=text
start_service slowleak
wait_until 'readings before the leak' has_lines "$log" 'NODUMP thread' 5
for _ in {1..7}; do curl -sSf "$url/leak"; done

leak_shown() {
  local file
  file=$(profile_of threads) || return 1
  group_has "$file" '7 @' 'leak[^|]*lambda[^|]* [^|]*/slowleak.cc:[0-9]+'
}
wait_dump thread leak_shown
assert_eq reason "$(manifest .reason)" diff
assert_eq current "$(manifest .current)" 8
assert_true 'the average is of the readings before' "$(manifest .average) * 1.25 < 8"
