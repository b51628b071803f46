#!/usr/bin/env bash
# What holmes costs an idle program: at most 4 MiB of RSS even after many readings, and at the default
# interval no CPU worth measuring.
source "$(dirname "$0")/lib.sh"

readonly window=11  # seconds: two readings at the default interval
quiet() {  # NAME HOW
  "$2" "$1" "$victims/quiet"
  wait_until "$1 to be ready" file_has "$tmp/$1.out" '^READY$'
}
quiet bare start_bare
bare=$pid
settings=(HOLMES_DUMP_PATH="$dumps")
quiet default start
default=$pid
holmes_set HOLMES_COLLECT_INTERVAL=100ms
quiet fast start
fast=$pid
wait_until 'the monitors' has_monitor "$default"
wait_until 'the monitors' has_monitor "$fast"

cpu_default=$(cpu_ms_of "$default") cpu_fast=$(cpu_ms_of "$fast")
sleep "$window"  # the cost of doing nothing has no event to wait for
cost_default=$(awk "BEGIN { print $(cpu_ms_of "$default") - $cpu_default }")
cost_fast=$(awk "BEGIN { print $(cpu_ms_of "$fast") - $cpu_fast }")
added=$(($(rss_kb_of "$fast") - $(rss_kb_of "$bare")))
added_default=$(($(rss_kb_of "$default") - $(rss_kb_of "$bare")))
echo "RSS added: $added_default kB, $added kB after $((window * 10)) readings;" \
  "CPU in $window s: $cost_default ms, $cost_fast ms at 100ms"
assert_between 'RSS added at the default interval, kB' "$added_default" -4096 4096
assert_between 'RSS added after many readings, kB' "$added" -4096 4096
assert_between 'CPU at the default interval, ms' "$cost_default" 0 5
assert_between 'CPU of one reading, ms' "$(awk "BEGIN { print $cost_fast / ($window * 10) }")" 0 1
assert_eq 'events of an idle program' "$(events)" ''
