#!/usr/bin/env bash
# A program whose debug information is damaged on disk: its names may be missing or wrong, but the event is
# finished, with all its bytes, and opens.
source "$(dirname "$0")/lib.sh"

# Lays machine code over a section of a file, or over its section headers.
damage() {  # FILE SECTION
  local offset size
  if [[ $2 == headers ]]; then
    offset=$(readelf -hW "$1" | awk '/Start of section headers/ { print $5 }')
    size=$(($(stat -c %s "$1") - offset))
  else
    read -r offset size < <(readelf -SW "$1" | sed 's/^ *\[ *[0-9]*\] //' |
      awk -v name="$2" '$1 == name { print "0x" $4, "0x" $5 }')
  fi
  ((size > 0)) || fail "no $2 to damage"
  dd if="$library" of="$1" bs=64K iflag=skip_bytes,count_bytes oflag=seek_bytes conv=notrunc status=none \
    skip=8192 count="$((size))" seek="$((offset))"
}

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
count=0
for part in .debug_info .debug_abbrev .debug_line .debug_str .symtab headers; do
  cp "$victims/steps" "$tmp/steps$part"
  damage "$tmp/steps$part" "$part"
  start "steps$part" "$tmp/steps$part" 200
  wait_event mem $((++count))
  tell "steps$part" quit
  assert_between "bytes in the profile, $part" "$(pprof_total "$(profile_of heap)" inuse_space)" 100e6 260e6
  echo "$part: symbolized $(manifest .symbolized), $(pprof_names "$(profile_of heap)" inuse_space | wc -l) names"
  wait_until 'the victim to end' is_gone "$pid"
done
assert_no_strays
assert_eq 'left unfinished' "$(find "$dumps" -name '.*.raw' -o -name '.*.part')" ''
