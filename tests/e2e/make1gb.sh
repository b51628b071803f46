#!/usr/bin/env bash
# One huge block, kept, and freed at once: the text dump has both exact to the byte, with make1gb as
# the first frame of the program.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEMORY_LIMIT=2G HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=40 HOLMES_DUMP_FORMAT=text
start_service make1gb
curl -sSf "$url/make1gb?free=1" "$url/make1gb"

# The first frame of the group that lies in this program's sources.
first_own_frame() {
  groups "$1" | grep -E -- "^$2" | tr '|' '\n' | grep -m1 -F '/examples/'
}
shows() {
  local file
  file=$(profile_of heap) || return 1
  [[ $(first_own_frame "$file" "$1") =~ ^$(frame make1gb make1gb.cc)$ ]]
}
shows_both() { shows '1: 1073741824 \[1: 1073741824\] @' && shows '0: 0 \[1: 1073741824\] @'; }

wait_dump mem shows_both
assert_eq reason "$(manifest .reason)" abs
assert_match header "$(head -n 1 "$(profile_of heap)")" \
  '^heap profile: [0-9]+: [0-9]+ \[[0-9]+: [0-9]+\] @ heap_v2/524288$'
assert_between 'current, in percent of 2 GiB' "$(manifest .current)" 40 60
assert_between live_heap_bytes "$(manifest .memory.live_heap_bytes)" 1073741824 1181116006
assert_eq ping "$(curl -sSf "$url/ping")" pong
