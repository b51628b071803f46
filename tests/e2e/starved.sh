#!/usr/bin/env bash
# A monitor that gets no CPU for a while, behind a real-time hog, a quota or a crowd, goes on afterwards:
# readings come again, none of them shows more CPU than the process can have used, and nothing is dumped.
source "$(dirname "$0")/lib.sh"

cores=$(nproc)
holmes_set HOLMES_CPU=1 HOLMES_CPU_MIN=0 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=150 HOLMES_THREAD=1 HOLMES_THREAD_ABS=0 \
  HOLMES_MEM=1 HOLMES_MEM_ABS=0 HOLMES_LOG_LEVEL=debug HOLMES_COLLECT_INTERVAL=50ms HOLMES_CPU_CORES="$cores" \
  HOLMES_CGROUP=0

readings() { lines_with "$log" 'NODUMP cpu'; }
has_readings() { (($(readings) >= $1)); }
monitor_of() { echo "/proc/$1/task/$(basename "$(dirname "$(grep -lsx holmes /proc/"$1"/task/*/comm)")")"; }
waited_ms() { awk '{ printf "%.0f", $2 / 1e6 }' "$(monitor_of "$1")/schedstat"; }

# burning NAME: a victim with one busy thread, watched long enough to have a history.
burning() {
  rm -f "$log"
  start "$1" "$victims/spin" 1
  wait_until "$1 to be ready" file_has "$tmp/$1.out" '^READY$'
  ask "$1" start >"$tmp/asked"
  wait_until 'readings' has_readings 12
}

# closest: milliseconds between two readings that followed each other, the least of all.
closest() {
  sed -n 's/^[^ ]* \([0-9:.]*\) .*NODUMP cpu.*/\1/p' "$log" |
    awk -F: '{ ms = ($1 * 3600 + $2 * 60 + $3) * 1000; d = ms - then
               if (NR > 1 && d >= 0 && (least == "" || d < least)) least = d; then = ms } END { printf "%d", least }'
}

# goes_on NAME: readings follow each other again, and the CPU seen is that of one busy thread at most.
goes_on() {
  local before most
  before=$(readings)
  wait_until "readings after $1" has_readings $((before + 12))
  most=$(sed -n 's/.*NODUMP cpu,.* current : \([0-9.]*\).*/\1/p' "$log" | sort -g | tail -n 1)
  echo "$1: at most $most % seen, the monitor waited ${2:-} ms for a core"
  assert_true "$1: percent of $cores cores that one thread uses" "$most <= 112 / $cores"
  assert_true "$1: ms between two readings, at least" "$(closest) >= 15"
  ! grep -qiE 'nan|inf[^o]' "$log" || fail "$1: a figure is none"
  assert_eq "$1: it answers" "$(ask "$1" hello)" hello
  assert_eq "$1: dumps" "$(events | wc -l)" 0
  tell "$1" quit
}

burning hog
tid=$(basename "$(monitor_of "$pid")")
taskset -pc 0 "$tid" >"$tmp/taskset.out"  # its host burns on, elsewhere
before=$(waited_ms "$pid")
if chrt -f 50 true 2>/dev/null; then
  # The kernel ends it after its second of CPU: nobody else may get a turn to do so.
  chrt -f 50 taskset -c 0 sh -c 'ulimit -t 1; while :; do :; done' 2>/dev/null || true
  goes_on hog $(($(waited_ms "$pid") - before))
else
  echo 'hog: no real-time priority here'
fi

launcher=(nice -n 19)
burning crowd
launcher=()
before=$(waited_ms "$pid")
hogs=()
for ((i = 0; i < 4 * cores; ++i)); do
  sh -c 'ulimit -t 1; while :; do :; done' 2>/dev/null &
  hogs+=($!)
done
wait "${hogs[@]}" || true
goes_on crowd $(($(waited_ms "$pid") - before))
