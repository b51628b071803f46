#!/usr/bin/env bash
# The start of a short program becomes at most 1 ms longer: medians of alternate runs.
source "$(dirname "$0")/lib.sh"

start_victim quiet
wait_until 'proof that the library works' has_monitor "$pid"

# A busy machine makes single rounds slow, never fast: the best of each counts.
for _ in {1..9}; do
  HOLMES_DUMP_PATH=$dumps "$victims/spawn_timer" 50 "$library" /bin/true | tee -a "$tmp/rounds"
done
best() { awk -v column="$1" '{ print $column }' "$tmp/rounds" | sort -g | head -n 1; }
assert_true 'added start-up time, in us' "$(best 4) - $(best 2) <= 1000"
