#!/usr/bin/env bash
# A blocked queue: 100 requests wait in channel_block, and the dump has them in one group.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=100 HOLMES_DUMP_FORMAT=text
start_service channelblock
background wrk -t1 -c100 -d100s --timeout 100s "$url/chanblock"

queue_shown() {
  local file
  file=$(profile_of threads) || return 1
  group_has "$file" '100 @' "$(frame channel_block channelblock.cc)"
}
wait_dump thread queue_shown
assert_eq reason "$(manifest .reason)" abs
