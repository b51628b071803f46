#!/usr/bin/env bash
# Text dumps: go tool pprof and google-pprof open the heap one, go tool pprof the threads one; the CPU
# profile, which has no text form, both open.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_DUMP_FORMAT=text HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10
holmes_set HOLMES_MEMORY_LIMIT=1G
start_victim steps 200
wait_event mem
profile=$(profile_of heap)
assert_match 'name' "$profile" '-steps-[0-9]+-mem\.heap\.txt$'
group_has "$profile" '[0-9]+: [0-9]+ \[[0-9]+: [0-9]+\] @' "$(frame grow_here steps.cc)" ||
  fail 'no group in grow_here with its line'
assert_eq 'blank-line markers before the mappings' "$(lines_with "$profile" '^(--- Memory map: ---|MAPPED_LIBRARIES:)$')" 1
HOME=$tmp go tool pprof -top -cum "$profile" >"$tmp/go.out" 2>"$tmp/go.err"
assert_file_has "$tmp/go.out" 'grow_here'
google-pprof --text --cum "$victims/steps" "$profile" >"$tmp/google.out" 2>"$tmp/google.err"
assert_file_has "$tmp/google.out" 'grow_here'

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_victim spin 8
ask spin start >"$tmp/answer"
wait_event thread
profile=$(profile_of threads)
HOME=$tmp go tool pprof -top -cum "$profile" >"$tmp/go.out" 2>"$tmp/go.err"
assert_file_has "$tmp/go.out" 'spin_here'
group_has "$profile" '[0-9]+ @' "$(frame spin_here spin.cc)" || fail 'no group in spin_here with its line'
wait_event cpu
profile=$(profile_of cpu)
HOME=$tmp go tool pprof -top -cum "$profile" >"$tmp/go.out" 2>"$tmp/go.err"
assert_file_has "$tmp/go.out" 'spin_here'
google-pprof --text "$victims/spin" "$profile" >"$tmp/google.out" 2>"$tmp/google.err"
assert_file_has "$tmp/google.out" 'spin_here'
