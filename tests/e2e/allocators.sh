#!/usr/bin/env bash
# The manifest has the figures of the allocator that the host really runs on.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
# The host's own threads ask the allocator, when they allocate: so it goes on allocating.
figures_shown() {
  tell "$victim" 'grow 1'
  (($(manifest '[.allocator.figures[] | numbers] | max') >= 190 << 20))
}
for pair in steps:glibc steps_jemalloc:jemalloc steps_tcmalloc_minimal:tcmalloc; do
  victim=${pair%:*}
  allocator=${pair#*:}
  rm -rf "${dumps:?}"/*
  start_victim "$victim" 200
  wait_dump mem figures_shown
  assert_eq "allocator of $victim" "$(manifest .allocator.name)" "$allocator"
  largest=$(manifest '[.allocator.figures[] | numbers] | max')
  echo "$allocator: $(manifest '.allocator.figures | tostring')"
  assert_between "largest figure of $allocator, bytes" "$largest" $((190 << 20)) $((1024 << 20))
  assert_between "bytes at grow_here" "$(pprof_sum "$(profile_of heap)" inuse_space grow_here)" \
    $((150 << 20)) $((600 << 20))
  tell "$victim" quit
  wait_until "$victim to end" is_gone "$pid"
done
