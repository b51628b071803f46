#!/usr/bin/env bash
# Redis, with its own jemalloc: the same answers as without holmes, every benchmark request answered,
# and a heap and a CPU dump that name its functions.
source "$(dirname "$0")/lib.sh"
command -v redis-server redis-benchmark redis-cli >"$tmp/found.out" || fail 'redis is not installed'

serve() {  # HOW
  port=$(free_port)
  "$1" "redis-$1" redis-server --port "$port" --bind 127.0.0.1 --dir "$tmp" --save '' --appendonly no
  wait_port "$port"
}

answers() {
  {
    for i in {1..500}; do
      echo "SET key$i $((i * i))"
      echo "RPUSH list $(((i * 7919) % 1000))"
      echo "ZADD board $i member$((i % 100))"
    done
    echo 'GET key400'
    echo 'SORT list'
    echo 'ZRANGE board 0 -1 WITHSCORES'
    echo 'EVAL "return redis.sha1hex(table.concat(redis.call(\"lrange\", \"list\", 0, -1), \",\"))" 0'
    echo 'NOSUCHCOMMAND'
  } | redis-cli -p "$port" 2>&1
}

serve start_bare
answers >"$tmp/bare.txt"
redis-cli -p "$port" shutdown nosave || true

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=15
serve start
redis_pid=$pid
answers >"$tmp/holmes.txt"
cmp "$tmp/bare.txt" "$tmp/holmes.txt" || fail 'redis answers differently under holmes'

redis-benchmark -p "$port" -t set,get,lpush -n 60000 -r 60000 -d 3000 --csv >"$tmp/benchmark.csv"
assert_eq 'benchmarks that ran to the end' "$(grep -cE '^"(SET|GET|LPUSH)","[0-9.]+"' "$tmp/benchmark.csv")" 3
assert_eq 'keys that arrived' "$(redis-cli -p "$port" exists mylist)" 1

wait_event mem
assert_eq 'pid of the heap event' "$(manifest .pid)" "$redis_pid"
assert_eq comm "$(manifest .comm)" redis-server
assert_eq allocator "$(manifest .allocator.name)" jemalloc
pprof_names "$(profile_of heap)" inuse_space >"$tmp/heap.names"
assert_file_has "$tmp/heap.names" '^(_?sds|z?malloc|ztry|createStringObject|call$|processCommand|rdb|db|dict)'
wait_event cpu
assert_eq 'pid of the CPU event' "$(manifest .pid)" "$redis_pid"
pprof_names "$(profile_of cpu)" cpu >"$tmp/cpu.names"
assert_file_has "$tmp/cpu.names" '^(aeMain|aeProcessEvents|processCommand|call)$'
assert_alive "$redis_pid"
assert_no_strays
