#!/bin/bash
# `holmes ls` and `holmes show` on a folder with good, damaged and foreign files.
set -eu
command -v jq >/dev/null || { echo "no jq here"; exit 77; }
holmes=$HOLMES_BUILD/holmes
export LC_ALL=C  # bars of #
fail() { echo "FAILED: $*" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

manifest() { # time-of-name, iso time, comm, current
  cat <<J
{"event":"$1-$3-42-thread","kind":"thread","reason":"abs","current":$4,"average":8,
 "previous":[8,8,8,$4],"rule":{"min":10,"diff":25,"abs":100,"max":0},"unit":"threads",
 "limit":{"memory_bytes":268435456,"cpu_cores":0.5},"time":"$2","host":"box","pid":42,"ppid":1,
 "comm":"$3","exe":"/bin/$3","build_id":"ab12","cgroup":"/x","start_time":"$2",
 "memory":{"rss_bytes":104857600,"live_heap_bytes":1048576},
 "files":[{"profile":"threads","name":"$1-$3-42-thread.threads.txt","bytes":2048,"samples":203,"dropped":3}],
 "capture_us":1500,"max_pause_us":90,"write_us":250000,"holmes":"0.1.0"}
J
}
profile() {
  printf 'threads profile: total 203\n200 @ 0x1001 0x2001\n#\t0x1000\tblocked()+0x5\t/src/a.cc:7\n'
  printf '#\t0x2000\tstart()+0x9\t/src/a.cc:30\n3 @ 0x2001\n#\t0x2000\tstart()+0x9\t/src/a.cc:30\n'
}
second=20261121T194952.145Z-service-42-thread
first=20261120T000000.000Z-other-42-thread
manifest 20261121T194952.145Z 2026-11-21T19:49:52.145Z service 1013 >"$dir/$second.json"
manifest 20261120T000000.000Z 2026-11-20T00:00:00.000Z other 500 >"$dir/$first.json"
profile >"$dir/$second.threads.txt"
profile >"$dir/$first.threads.txt"
echo '{"name":"not ours"}' >"$dir/package.json"
echo 'draft' >"$dir/.20261122T000000.000Z-x-1-cpu.json.raw"

$holmes ls "$dir" >"$dir/out"
[ "$(wc -l <"$dir/out")" = 3 ] || fail "not a heading and two events: $(cat "$dir/out")"
sed -n 2p "$dir/out" | grep -Eq '^2026-11-20T.* other +42 +thread +abs +500 threads .*threads\.txt \(2K\)$' \
  || fail "the oldest is not first: $(cat "$dir/out")"
HOLMES_DUMP_PATH=" $dir " $holmes ls | cmp - "$dir/out" || fail "HOLMES_DUMP_PATH is not the default"
echo "HOLMES_DUMP_PATH=$dir" >"$dir/holmes.env"
HOLMES_DUMP_PATH=/nowhere HOLMES_CONFIG=$dir/holmes.env $holmes ls | cmp - "$dir/out" ||
  fail "the folder that HOLMES_CONFIG sets is not the default"
[ "$($holmes ls --json "$dir" | jq -r '.[].comm' | tr '\n' ' ')" = "other service " ] || fail "--json"

code=0
$holmes ls "$dir/nowhere" 2>"$dir/err" || code=$?
[ $code = 1 ] && grep -q nowhere "$dir/err" || fail "a missing folder: $code $(cat "$dir/err")"

show() { HOLMES_DUMP_PATH=$dir $holmes show "$@" >"$dir/shown" || fail "show $*"; }
for word in "$second" "$dir/$second.json" "$dir/$second.threads.txt" "$second.threads.txt"; do
  show "$word"
  for text in 'thread, reason abs' 'current *1013 threads' 'average *8 threads' \
    'min 10  diff 25  abs 100' '256M memory, 0.50 cores' '1013 |#.*<- now' 'box' 'ab12' '100M' \
    '3 samples were dropped' '200 of 203\|203 of 203' '200  98.52%   98.52%  200   98.52%  blocked()' \
    '203 *100.00% *start()'; do
    grep -q -- "$text" "$dir/shown" || fail "show $word lacks '$text': $(cat "$dir/shown")"
  done
done
show --rows 1 "$second"
grep -q 'in 1 of 2 functions' "$dir/shown" || fail "--rows: $(cat "$dir/shown")"
cp "$dir/$second.threads.txt" "$dir/alone.txt"
show "$dir/alone.txt"
grep -q 'blocked()' "$dir/shown" || fail "a profile alone: $(cat "$dir/shown")"

# A name that wants to talk to the terminal.
manifest 20261122T000000.000Z 2026-11-22T00:00:00.000Z 'a\u001b[31mb' 9 >"$dir/20261122T000000.000Z-ab-42-thread.json"
$holmes ls "$dir" | grep -q "$(printf '\033')" && fail "an escape sequence reached the terminal"

# Damage is named and skipped.
echo '{"event":"x"' >"$dir/20261123T000000.000Z-bad-42-thread.json"
mkfifo "$dir/20261124T000000.000Z-fifo-42-thread.json"
code=0
timeout 10 $holmes ls "$dir" >"$dir/out" 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "damage: exit code $code"
grep -q 'bad-42-thread.json' "$dir/err" && grep -q 'fifo-42-thread.json' "$dir/err" || fail "$(cat "$dir/err")"
grep -q ' service ' "$dir/out" || fail "good events are lost: $(cat "$dir/out")"
for word in nothing "$dir/20261123T000000.000Z-bad-42-thread.json" "$dir/package.json"; do
  code=0
  $holmes show "$word" >/dev/null 2>"$dir/err" || code=$?
  [ $code = 1 ] && [ -s "$dir/err" ] || fail "show $word: $code $(cat "$dir/err")"
done
