#!/usr/bin/env bash
# A bad value costs one warning with the variable, the value and the default used instead; the
# service runs and is watched.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_CPU_MIN=plenty HOLMES_CPU_DURATION=-3s
holmes_set HOLMES_DUMP_FORMAT=parchment
start_victim threads 10
wait_event thread
for complaint in 'HOLMES_CPU_MIN plenty 10' 'HOLMES_CPU_DURATION -3s 5s' \
  'HOLMES_DUMP_FORMAT parchment binary'; do
  read -r variable value fallback <<<"$complaint"
  assert_eq "lines about $variable" "$(lines_with "$log" "$variable")" 1
  line=$(grep -F "$variable" "$log")
  assert_match "the line about $variable" "$line" "$variable.*$value.*$fallback"
done
assert_eq 'the victim answers' "$(ask threads hello)" hello
tell threads quit

# However many they are, none is passed over in silence.
for i in {1..100}; do holmes_set HOLMES_NOTHING_$i=1; done
rm -f "$log" "$tmp"/threads.*
start_victim threads 10
wait_until 'the last complaint' file_has "$log" ' more: see holmes check'
more=$(sed -n 's/.*and \([0-9]*\) more: see holmes check/\1/p' "$log")
assert_eq 'complaints' $(($(lines_with "$log" ': (bad value|unknown variable)') + more)) 103
