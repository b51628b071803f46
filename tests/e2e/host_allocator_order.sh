#!/usr/bin/env bash
# jemalloc, tcmalloc and mimalloc, preloaded before holmes or after it, under a storm of threads that
# allocate while all kinds of dumps fire.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_CPU_DURATION=200ms HOLMES_COOLDOWN=50ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M HOLMES_HEAP_SAMPLE=16K
holmes_set HOLMES_SYMBOLIZE=off
tried=0
for name in libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2; do
  allocator=$(ldconfig -p | awk -v name="$name" '$1 == name && !found { print $NF; found = 1 }')
  [[ -n $allocator ]] || { echo "$name is not installed"; continue; }
  for preload in "$allocator:$library" "$library:$allocator"; do
    rm -rf "${dumps:?}"/* "$tmp"/storm.*
    launch storm "${settings[@]}" LD_PRELOAD="$preload" -- "$victims/storm" threads 1
    wait_until 'the end of the storm' file_has "$tmp/storm.out" '^READY$'
    for kind in cpu thread mem; do assert_true "events of kind $kind" "$(events $kind | wc -l) >= 1"; done
    assert_eq 'it answers' "$(ask storm hello)" hello
    tell storm quit
    code=0
    wait "$pid" || code=$?
    assert_eq "exit code with $preload" "$code" 0
    tried=$((tried + 1))
  done
done
((tried > 0)) || skip 'none of the allocators is installed'
