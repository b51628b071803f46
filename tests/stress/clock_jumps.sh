#!/usr/bin/env bash
# clock_jumps.sh [SECONDS]: the machine's clock is set forward and back by so much (an hour), at rest and in
# the middle of dumps, until dumps were made so, a second or so each; a time-keeper sets it right again whatever happens. Cooldowns go on
# by the steady clock, no file takes another's name, and no figure comes out negative or too large.
# Not among scripts/test's: what else runs on the machine sees the jumps, too.
source "$(dirname "$0")/../e2e/lib.sh"
source "$here/fault.inc"
jump=${1:-3600}
[[ $EUID -eq 0 ]] || skip 'only root sets the clock'

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0 HOLMES_COOLDOWN=300ms \
  HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_MIN=0 HOLMES_CPU_ABS=1 HOLMES_CPU_COOLDOWN=10ms \
  HOLMES_CPU_DURATION=300ms HOLMES_COLLECT_INTERVAL=20ms HOLMES_MEM=1 HOLMES_MEM_ABS=0 HOLMES_LOG_LEVEL=debug
start_victim spin 1
ask spin start >"$tmp/asked"
wait_event thread 2
wait_event cpu

cat >"$tmp/jump.py" <<'PY'
import os, signal, sys, time
folder, jump = sys.argv[1], int(sys.argv[2])
def away():
    return time.clock_gettime(time.CLOCK_REALTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
right = away()
def set_off(seconds):
    time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_MONOTONIC) + right + seconds)
try: set_off(0)
except OSError: sys.exit(77)
# The keeper: it sets the clock right when this process is gone, however it went.
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)
    os.close(writing)
    os.read(reading, 1)
    set_off(0)
    os._exit(0)
seen, begin = {}, time.monotonic()
def watch(phase):
    end, wanted = time.monotonic() + 15, {'-thread.json', '-cpu.json'}
    while wanted and time.monotonic() < end:
        for name in os.listdir(folder):
            if name.startswith('.') or name.endswith('.log'): continue
            inode = os.stat(os.path.join(folder, name)).st_ino
            if name not in seen:
                seen[name] = inode
                wanted -= {name[name.rfind('-'):]}
                print(phase, '%.3f' % (time.monotonic() - begin), name)
            elif seen[name] != inode: print('REPLACED', name)
        time.sleep(0.005)
try:
    for phase, offset in enumerate([0, jump, 0, -jump, 0]):
        set_off(offset)
        watch(phase)
finally:
    os.close(writing)
    os.wait()
PY
code=0
python3 "$tmp/jump.py" "$dumps" "$jump" >"$tmp/jumps.out" 2>"$tmp/jumps.err" || code=$?
[[ $code -ne 77 ]] || skip 'the clock cannot be set here'
assert_eq "the jumps: $(cat "$tmp/jumps.err")" "$code" 0
assert_eq 'files that took another one’s name' "$(grep REPLACED "$tmp/jumps.out" || true)" ''
for phase in 0 1 2 3 4; do
  for kind in thread cpu; do
    dumped=$(grep -cE "^$phase .*-$kind\.json$" "$tmp/jumps.out" || true)
    echo "phase $phase: $dumped events of kind $kind"
    assert_true "events of kind $kind in phase $phase" "$dumped >= 1"
  done
done
# From the manifest of one to that of the next lie the cooldown and the making of it.
closest=$(awk '$1 > 0 && /-thread\.json$/ { if (then && (!least || $2 - then < least)) least = $2 - then; then = $2 }
               END { print least }' "$tmp/jumps.out")
assert_true 'seconds between two thread dumps' "$closest >= 0.29"
tell spin quit
wait_until 'the victim to end' is_gone "$pid"
for event in $(events); do
  for key in capture_us max_pause_us write_us; do
    assert_between "$key of $event" "$(manifest ".$key")" 0 30000000
  done
done
most=$(sed -n 's/.*\(NODUMP\|pprof\) cpu,.* current : \([0-9.]*\).*/\2/p' "$log" | sort -g | tail -n 1)
assert_true 'percent of CPU seen' "$most <= 115"
assert_whole_files
