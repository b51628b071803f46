#!/usr/bin/env bash
# Much memory by business logic, 100 requests at a time: live and cumulative bytes at alloc, and the
# log line with the ring.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEMORY_LIMIT=1G HOLMES_DUMP_FORMAT=text
holmes_set HOLMES_MEM_MIN=3 HOLMES_MEM_DIFF=25 HOLMES_MEM_ABS=25
start_service alloc
background wrk -t1 -c100 -d100s --timeout 100s "$url/alloc"

# "LIVE CUMULATIVE" bytes of the group of alloc. Of ~400 MiB that live at a time, half must show.
bytes_at_alloc() {
  groups "$(profile_of heap)" | grep -E -- "\|$(frame alloc alloc.cc)" |
    awk -F '[^0-9]+' '{ live += $2; all += $4 } END { printf "%.0f %.0f\n", live, all }'
}
alloc_shown() {
  local live all
  read -r live all < <(bytes_at_alloc)
  ((live > 200 << 20 && all > 2 * live))
}
wait_dump mem alloc_shown
read -r live all < <(bytes_at_alloc)
assert_between 'live bytes at alloc' "$live" $((200 << 20)) $((520 << 20))

number='[0-9]+(\.[0-9]+)?'
assert_file_has "$log" "pprof mem, config_min : 3, config_diff : 25, config_abs : 25, config_max : 0,\
 previous : \[$number( $number)*\], current : $number, reason : (abs|diff), file : .*\.heap\.txt"
