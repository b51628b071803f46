#!/usr/bin/env bash
# A daemon forks twice, closes every descriptor and uses the numbers again: none of its files is touched
# and no number is taken while dumps of all kinds are written.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_CPU_DURATION=200ms HOLMES_COOLDOWN=100ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=5 HOLMES_HEAP_SAMPLE=4K
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M
mkdir "$tmp/files"
env "${settings[@]}" LD_PRELOAD="$library" "$victims/daemon" "$tmp/files"
wait_until 'the daemon' test -e "$tmp/files/pid"
daemon=$(cat "$tmp/files/pid")
at_end "kill -KILL $daemon 2>/dev/null"
for kind in cpu thread mem; do
  wait_event $kind 2
  assert_eq 'pid' "$(manifest .pid)" "$daemon"
done
[[ ! -e $tmp/files/bad ]] || fail "$(cat "$tmp/files/bad")"
assert_alive "$daemon"
assert_eq 'descriptors' "$(readlink /proc/"$daemon"/fd/* | grep -cvE "^$tmp/files/file[0-9]+$|^/dev/null$" || true)" 0
