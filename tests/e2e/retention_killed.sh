#!/usr/bin/env bash
# HOLMES_MAX_DUMPS=1 holds as well for a service that is killed as soon as its event is there.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_COOLDOWN=1h HOLMES_MAX_DUMPS=1
for kills in {1..4}; do
  start_victim threads 10
  deadline=$((SECONDS + patience))
  until compgen -G "$dumps/*-threads-$pid-thread.json" >/dev/null; do  # without a pause: it is a matter of milliseconds
    ((SECONDS < deadline)) || fail "no event of service $kills"
  done
  kill -KILL "$pid"
  assert_eq "events after $kills kills" "$(events thread | wc -l)" 1
  rm -f "$tmp"/threads.*
done
