#!/usr/bin/env bash
# HOLMES_SYMBOLIZE=off: the profile has addresses and build ids only, is valid, and the manifest says
# so. The same where the command cannot run.
source "$(dirname "$0")/lib.sh"

check() {
  wait_event mem
  assert_eq symbolized "$(manifest .symbolized)" false
  pprof -raw "$(profile_of heap)" >"$tmp/raw"
  assert_eq 'functions named' "$(lines_with "$tmp/raw" 'grow_here')" 0
  assert_file_has "$tmp/raw" "/victims/steps.*$(readelf -n "$victims/steps" | awk '/Build ID:/ { print $3 }')"
  # The addresses are right: with the executable at hand they lead to the function.
  addr2line -Cfe "$victims/steps" $(offsets_in_steps <"$tmp/raw") >"$tmp/names"
  assert_file_has "$tmp/names" '^grow_here'
}
# The addresses of the profile that lie in the executable, as offsets in its file.
offsets_in_steps() {
  local line number start limit offset address
  line=$(tee "$tmp/raw.copy" | grep -m1 -E '^[0-9]+: 0x[0-9a-f]+/.*/victims/steps')
  IFS=':/ ' read -r number start limit offset _ <<<"$line"
  sed -nE "s/^ +[0-9]+: (0x[0-9a-f]+) M=$number .*/\\1/p" "$tmp/raw.copy" | while read -r address; do
    printf '0x%x\n' $((address - start + offset))
  done
}
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
holmes_set HOLMES_SYMBOLIZE=off
start_victim steps 200
check
tell steps quit
wait_until 'the first victim to end' is_gone "$pid"

# The library alone, without the command beside it.
rm -rf "${dumps:?}"/*
mkdir -p "$tmp/alone/lib"
cp "$library" "$tmp/alone/lib/"
library=$tmp/alone/lib/libholmes.so
holmes_set HOLMES_SYMBOLIZE=auto
start alone "$victims/steps" 200
check
