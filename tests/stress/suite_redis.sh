#!/usr/bin/env bash
# redis' own tests, from Debian's source package, against the server that is installed: unit after unit, each
# with servers, clients and children that save.
source "$(dirname "$0")/suite.inc"
command -v redis-server redis-cli redis-benchmark tclsh8.6 >/dev/null || skip 'redis or tcl is not installed'
source=$(source_of redis) || skip "redis' source cannot be had: $(tail -n 1 "$tmp/fetch.log")"
cp -r "$source" "$tmp/redis"
cd "$tmp/redis"
for program in redis-server redis-cli redis-benchmark; do ln -sf "$(command -v $program)" src/; done
bound=240
# They kill the child that saves, and take the first that `pgrep -P` names for it: while names are looked up,
# a server has one more.
settings+=(HOLMES_SYMBOLIZE=off)
units=("$@")
((${#units[@]})) || units=(unit/type/string unit/type/hash unit/type/list unit/expire unit/multi unit/pubsub
  unit/dump unit/other integration/rdb integration/aof)
for unit in "${units[@]}"; do
  # Seconds, pids and ports differ; what was tested and how it ended does not.
  compare "redis, $unit" bash -c "TERM=dumb tclsh8.6 tests/test_helper.tcl --clients 1 --single $unit 2>&1 |
    sed -u 's/\x1b\[[0-9;]*m//g' | grep --line-buffered -oE '^\[(ok|err|exception|skip|ignore|done)\]: .*|All tests passed' | sed -u 's/ ([0-9]* ms)//'" </dev/null
done
finish
