#!/usr/bin/env bash
# Text dumps: go tool pprof and google-pprof open the heap one, go tool pprof the threads one; the CPU
# profile, which has no text form, both open. (Go's pprof reads no names from text and finds only
# those of Go programs itself; google-pprof finds those of C++.)
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_DUMP_FORMAT=text HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10
holmes_set HOLMES_MEMORY_LIMIT=1G
start_victim steps 200
wait_fresh_event mem
profile=$(profile_of heap)
assert_match 'name' "$profile" '-steps-[0-9]+-mem\.heap\.txt$'
group_has "$profile" '[0-9]+: [0-9]+ \[[0-9]+: [0-9]+\] @' "$(frame grow_here steps.cc)" ||
  fail 'no group in grow_here with its line'
assert_eq 'blank-line markers before the mappings' "$(lines_with "$profile" '^(--- Memory map: ---|MAPPED_LIBRARIES:)$')" 1
assert_between 'bytes that go tool pprof reads' "$(pprof_total "$profile" space)" \
  $((150 << 20)) $((250 << 20))
google-pprof --text --cum "$victims/steps" "$profile" >"$tmp/google.out" 2>"$tmp/google.err"
assert_file_has "$tmp/google.out" 'grow_here'

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20 HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_victim spin 8
ask spin start >"$tmp/answer"
wait_event thread
profile=$(profile_of threads)
assert_eq 'threads that go tool pprof reads' "$(pprof_total "$profile" threads)" 9
group_has "$profile" '[0-9]+ @' "$(frame spin_here spin.cc)" || fail 'no group in spin_here with its line'
wait_event cpu
profile=$(profile_of cpu)
assert_true 'the time that go tool pprof reads' "$(pprof_total "$profile" cpu) > 1e8"
google-pprof --text "$victims/spin" "$profile" >"$tmp/google.out" 2>"$tmp/google.err"
assert_file_has "$tmp/google.out" 'spin_here'
