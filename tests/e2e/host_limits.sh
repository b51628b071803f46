#!/usr/bin/env bash
# Under every resource limit that lets a service run at all it runs under holmes with the same results.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_CPU_DURATION=100ms HOLMES_COOLDOWN=50ms
holmes_set HOLMES_COLLECT_INTERVAL=20ms HOLMES_WARMUP=2 HOLMES_SYMBOLIZE=off HOLMES_LOG=none
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=50M
for limit in as=300000000 data=200000000 nofile=4 sigpending=0 fsize=0 stack=32768 memlock=0 core=0; do
  rm -rf "${dumps:?}"/*
  code=0
  # Descriptors that the caller left open would count against the limit, with or without holmes.
  timeout "$patience" env "${settings[@]}" LD_PRELOAD="$library" prlimit "--$limit" \
    "$victims/ends" return 600 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- | cat >"$tmp/limited.out" || code=$?
  echo "$limit: $(events | wc -l) events"
  assert_eq "exit code under $limit" "$code" 7
  assert_eq "output under $limit" "$(cat "$tmp/limited.out")" READY
done

# No further process or thread may be made: a host of one thread, which is all that it gets.
id nobody >/dev/null 2>&1 || skip 'no user nobody'
[[ $(id -u) == 0 ]] || skip 'only root can become another user'
chmod 777 "$dumps"
code=0
env "${settings[@]}" LD_PRELOAD="$library" prlimit --nproc=1 setpriv --reuid 54399 --clear-groups \
  "$victims/quiet" <<<'hello' >"$tmp/limited.out" || code=$?
assert_eq 'exit code under nproc=1' "$code" 0
assert_eq 'output under nproc=1' "$(cat "$tmp/limited.out")" $'READY\nhello'
