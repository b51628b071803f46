#!/usr/bin/env bash
# HOLMES_HEAP_SAMPLE=0: a spike of memory still leaves its event, which says why it has no heap profile.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G HOLMES_HEAP_SAMPLE=0 HOLMES_COOLDOWN=1h
start_victim steps 200
wait_event mem
assert_eq 'files' "$(manifest '.files | length')" 0
assert_match notes "$(manifest '.notes | tostring')" 'no heap profile: HOLMES_HEAP_SAMPLE is 0'
assert_between 'RSS in the manifest, while it grows' "$(manifest .memory.rss_bytes)" 100e6 260e6
assert_eq 'failed dumps' "$(lines_with "$log" failed)" 0
holmes show "$event" >"$tmp/shown"
assert_file_has "$tmp/shown" 'HOLMES_HEAP_SAMPLE is 0'
holmes ls "$dumps" >"$tmp/listed"
assert_file_has "$tmp/listed" 'mem'
