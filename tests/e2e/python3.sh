#!/usr/bin/env bash
# python3 in C-heavy code: the same results as without holmes, a CPU dump and a heap dump that name
# the interpreter's functions.
source "$(dirname "$0")/lib.sh"

python=/usr/bin/python3
[[ -x $python ]] || python=$(command -v python3) || fail 'python3 is not installed'
cat >"$tmp/work.py" <<'END'
import hashlib, json, sys, zlib

def work(turns):
    digest = hashlib.sha256()
    for turn in range(turns):
        rows = [{"id": i, "key": str((i * 7919 + turn) % 1000)} for i in range(3000)]
        text = json.dumps(sorted(rows, key=lambda row: row["key"])).encode()
        digest.update(zlib.compress(text, 6))
    return digest.hexdigest()

held = []
print("READY", flush=True)
for line in sys.stdin:
    command = line.split()
    if command[0] == "work":
        print("work", work(int(command[1])), flush=True)
    elif command[0] == "burn":
        while True:
            work(10)
    elif command[0] == "grow":
        held.extend(bytes([i % 256]) * 4096 for i in range(int(command[1]) * 256))
        print("grow", len(held), flush=True)
END

ready() { wait_until 'python to start' file_has "$tmp/$1.out" '^READY$'; }
work_result() {
  tell "$1" 'work 20'
  wait_until 'the work to be done' file_has "$tmp/$1.out" '^work '
  grep '^work ' "$tmp/$1.out"
}

start_bare bare "$python" "$tmp/work.py"
ready bare
expected=$(work_result bare)

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G PYTHONMALLOC=malloc
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20
start python "$python" "$tmp/work.py"
ready python
assert_eq 'the result of the work' "$(work_result python)" "$expected"
tell python 'grow 200'
wait_until 'the list to grow' file_has "$tmp/python.out" '^grow 51200$'
wait_event mem
# The objects are made by functions that have no name in the stripped interpreter: their callers do.
bytes_held() {
  (($(pprof_sum "$(profile_of heap)" inuse_space _PyEval_EvalFrameDefault) > 150 << 20))
}
wait_dump mem bytes_held
tell python burn
wait_fresh_event cpu
pprof_names "$(profile_of cpu)" cpu >"$tmp/cpu.names"
assert_file_has "$tmp/cpu.names" '^(_?PyEval_|_?PyObject_|_?PyDict_|deflate)'
assert_alive "$pid"
