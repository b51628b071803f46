#!/usr/bin/env bash
# A program at a fixed address that takes the address of malloc: its blocks are seen, and nothing says that they are
# not. With an allocator preloaded before holmes it is that one's blocks that cannot be seen, and this is said.
source "$(dirname "$0")/lib.sh"

stub=$(readelf --dyn-syms -W "$victims/fixed_address" | awk '$7 == "UND" && $8 ~ /^malloc(@|$)/ { print $2 }')
[[ $stub =~ [1-9a-f] ]] || skip 'this linker makes no place of its own for malloc'
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G

start_victim fixed_address
ask fixed_address 'grow 200' >"$tmp/answer"
wait_event mem
assert_eq 'notes of the manifest' "$(manifest '.notes | tostring')" '[]'
assert_eq 'allocator' "$(manifest .allocator.name)" glibc
assert_between 'bytes at grow_here, while it grows' "$(pprof_sum "$(profile_of heap)" inuse_space grow_here)" 90e6 240e6
assert_eq 'lines of the log about malloc' "$(lines_with "$log" 'malloc cannot be seen')" 0
tell fixed_address quit

jemalloc=$(ldconfig -p | awk '$1 == "libjemalloc.so.2" && !found { print $NF; found = 1 }')
[[ -n $jemalloc ]] || skip 'jemalloc is not installed'
rm -rf "${dumps:?}"/* "$tmp"/fixed_address.*
launch fixed_address "${settings[@]}" LD_PRELOAD="$jemalloc:$library" -- "$victims/fixed_address"
wait_until 'fixed_address to be ready' file_has "$tmp/fixed_address.out" '^READY$'
ask fixed_address 'grow 200' >"$tmp/answer"
wait_event mem
assert_match 'notes of the manifest' "$(manifest '.notes | tostring')" 'malloc cannot be seen'
