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
  # With the executable at hand, the reader finds the names itself.
  HOME=$tmp go tool pprof -top -cum "$(profile_of heap)" >"$tmp/go.out" 2>"$tmp/go.err"
  assert_file_has "$tmp/go.out" 'grow_here'
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
