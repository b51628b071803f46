#!/usr/bin/env bash
# A thread that never allocates gets no arena from glibc on account of holmes: for one glibc counts the processors, and
# opens a file on a number of the host's.
source "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || skip 'strace is not installed'

# arenas PRELOAD: how often glibc counted processors in a program of 50 threads.
arenas() {
  env "${settings[@]}" strace -E LD_PRELOAD="$1" -f -e trace=openat,clone3,clone -o "$tmp/trace" \
    "$victims/threads" 50 </dev/null >"$tmp/out" 2>&1 || fail "strace: $(tail -n 3 "$tmp/out")"
  assert_between 'threads seen' "$(lines_with "$tmp/trace" 'CLONE_THREAD')" 50 60
  lines_with "$tmp/trace" '/sys/devices/system/cpu/online'
}
bare=$(arenas '')
under=$(arenas "$library")
echo "processors counted: bare $bare times, under holmes $under times"
assert_eq 'processors counted under holmes' "$under" "$bare"
