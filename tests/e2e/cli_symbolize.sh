#!/bin/bash
# `holmes symbolize` as a user calls it, and as the library spawns it: a profile of a real program is
# named in place, and a damaged one is left as it is.
set -eu
command -v c++ >/dev/null || { echo "no C++ compiler here"; exit 77; }
holmes=$HOLMES_BUILD/holmes
fail() { echo "FAILED: $*" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cat >"$dir/program.cc" <<'C'
#include <cstdio>
__attribute__((noinline)) void* caller() {
  void* address = __builtin_return_address(0);
  asm volatile("");
  return address;
}
__attribute__((always_inline)) inline void* inlined() {
  void* address = caller();
  asm volatile("");
  return address;
}
__attribute__((noinline)) void* make1gb() {
  void* address = inlined();
  asm volatile("");
  return address;
}
int main() {
  printf("heap profile: 1: 1073741824 [1: 1073741824] @ heap_v2/524288\n");
  printf("1: 1073741824 [1: 1073741824] @ %p\n\n--- Memory map: ---\n", make1gb());
  FILE* maps = fopen("/proc/self/maps", "r");
  for (int c; (c = fgetc(maps)) != EOF;) putchar(c);
}
C
for pie in -pie -no-pie; do
  c++ -O2 -g $pie -o "$dir/program" "$dir/program.cc"
  "$dir/program" >"$dir/heap.txt"
  chmod 640 "$dir/heap.txt"
  $holmes symbolize "$dir/heap.txt" | grep -q '1 of 1 addresses' || fail "$pie: nothing named"
  grep -A2 '@ 0x' "$dir/heap.txt" >"$dir/group"
  sed -n 2p "$dir/group" | grep -Eq '^#	0x[0-9a-f]+	inlined\(\)\+0x[0-9a-f]+	.*/program\.cc:8$' || fail "$pie: $(cat "$dir/group")"
  sed -n 3p "$dir/group" | grep -Eq '^#	0x[0-9a-f]+	make1gb\(\)\+0x[0-9a-f]+	.*/program\.cc:13$' || fail "$pie: $(cat "$dir/group")"
  [ "$(stat -c %a "$dir/heap.txt")" = 640 ] || fail "the file's mode is lost"
  if command -v go >/dev/null; then
    # Of text it reads no names but looks them up itself, which for -no-pie it does not manage.
    go tool pprof -top "$dir/heap.txt" >"$dir/top" 2>&1 || fail "$pie: $(cat "$dir/top")"
    grep -q '1GB   100%' "$dir/top" || fail "$pie: $(cat "$dir/top")"
    [ $pie = -no-pie ] || grep -q make1gb "$dir/top" || fail "$pie: $(cat "$dir/top")"
  fi
  if command -v google-pprof >/dev/null; then
    google-pprof --text "$dir/program" "$dir/heap.txt" 2>/dev/null | grep -Eq '1024\.0 .*(make1gb|inlined)' \
      || fail "$pie: google-pprof does not name it"
  fi
done

cp "$dir/heap.txt" "$dir/once.txt"
$holmes symbolize "$dir/heap.txt" >/dev/null
cmp -s "$dir/heap.txt" "$dir/once.txt" || fail "naming twice changes the file"

# Many files: the damaged one is named, left as it is, and does not stop the others.
"$dir/program" >"$dir/good.txt"
printf 'threads profile: total 1\nnot a group\n' >"$dir/bad.txt"
cp "$dir/bad.txt" "$dir/before.txt"
code=0
$holmes symbolize "$dir/bad.txt" "$dir/good.txt" >/dev/null 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "damage: exit code $code"
grep -q 'bad.txt: line 2' "$dir/err" || fail "damage is not named: $(cat "$dir/err")"
cmp -s "$dir/bad.txt" "$dir/before.txt" || fail "a damaged file was changed"
grep -q 'make1gb' "$dir/good.txt" || fail "the good file was not named"
ls -A "$dir" | grep -q 'part$' && fail "something half-written is left: $(ls -A "$dir")"

# As the library spawns it.
event=20261121T194952.145Z-program-1-mem
"$dir/program" >"$dir/.$event.heap.txt.raw"
cat >"$dir/.$event.json.raw" <<J
{"event":"$event","kind":"mem","reason":"abs","current":83.1,"average":41,"previous":[41,83.1],
 "rule":{"min":10,"diff":25,"abs":80,"max":0},"unit":"percent","limit":{"memory_bytes":1,"cpu_cores":1},
 "time":"2026-11-21T19:49:52.145Z","host":"box","pid":1,"ppid":0,"comm":"program","exe":"$dir/program",
 "build_id":"","files":[{"profile":"heap","name":"$event.heap.txt","bytes":1,"samples":1,"dropped":0}],
 "capture_us":1,"max_pause_us":1,"write_us":0,"decided_ns":1,"symbolized":false,"holmes":"0.1.0"}
J
env -i "PATH=$PATH" LC_ALL=C DEBUGINFOD_URLS= "$holmes" symbolize --event "$dir/.$event.json.raw" \
  </dev/null >/dev/null 2>&1 || fail "--event"
grep -q 'make1gb' "$dir/$event.heap.txt" || fail "the event's profile has no names"
grep -q '"symbolized":true' "$dir/$event.json" || fail "the manifest: $(cat "$dir/$event.json")"
ls -A "$dir" | grep -q 'raw$' && fail "raw files are left: $(ls -A "$dir")"
exit 0
