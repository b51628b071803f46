#!/usr/bin/env bash
# The start of a short program becomes at most 1 ms longer: the medians of many alternate runs.
source "$(dirname "$0")/lib.sh"

start_victim quiet
wait_until 'proof that the library works' has_monitor "$pid"
result=$(HOLMES_DUMP_PATH=$dumps "$victims/spawn_timer" 250 "$library" /bin/true)
echo "$result"
read -r _ bare _ preloaded <<<"$result"
assert_true 'added start-up time, in us' "$preloaded - $bare <= 1000"
