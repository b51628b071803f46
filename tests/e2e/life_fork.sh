#!/usr/bin/env bash
# Forks in every way, while CPU, thread and heap dumps fire without a pause: each child ends as it
# should; thousands of them leave no memory and no thread behind.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_COOLDOWN=100ms HOLMES_CPU_DURATION=300ms HOLMES_CPU_HZ=1000 HOLMES_SYMBOLIZE=off
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M
start_victim forks
assert_eq 'by vfork, posix_spawn, exec, popen, system' "$(ask forks ways)" 'ways = 7'
ask forks 'rate 200' >"$tmp/answer"  # from here on all tables have their size, and glibc its arenas
ask forks 'threads 20' >"$tmp/answer"

memory_kb() { awk '$1 == "VmData:" { print $2 }' "/proc/$pid/status"; }
before=$(memory_kb)
for _ in {1..3}; do assert_eq 'one after another' "$(ask forks 'rate 1000')" 'rate 1000 = 1000'; done
assert_eq 'from four threads at once' "$(ask forks 'threads 250')" 'threads 250 = 1000'
# An event of each kind may be at work at either moment. A leak of one stack in a hundred forks would
# be more than is allowed here.
growth=$(($(memory_kb) - before))
echo "growth of the memory: $growth KiB"
assert_between 'growth of the memory, KiB' "$growth" -100000 10000
only_ours() { [[ $(threads_of "$pid") -eq 1 ]]; }
threads_of() { grep -sLE '^holmes' /proc/"$1"/task/*/comm | wc -l; }
wait_until 'one thread to be left' only_ours
wait_event thread
wait_event mem
wait_event cpu
