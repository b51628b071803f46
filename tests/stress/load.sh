#!/usr/bin/env bash
# load.sh SECONDS: redis, nginx and PostgreSQL under traffic for so long each, while every rule fires on the
# shortest interval and cooldown. No client sees an error; what the servers hold stays flat. Prints a
# table, with the latency of the bare server beside it.
source "$(dirname "$0")/../e2e/lib.sh"
seconds=${1:-12}
bare_seconds=$((seconds / 3 > 60 ? 60 : seconds / 3 < 4 ? 4 : seconds / 3))
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || skip 'nginx is not installed'
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[[ -n $postgres ]] || skip 'PostgreSQL is not installed'
command -v redis-server redis-benchmark wrk >/dev/null || skip 'redis or wrk is not installed'

# A server of another user must reach the library, and the command beside it.
mkdir -m 755 "$tmp/holmes"
cp "$library" "$HOLMES_BUILD/holmes" "$tmp/holmes/"
library=$tmp/holmes/libholmes.so
as_postgres=()
[[ $EUID -ne 0 ]] || as_postgres=(runuser -u postgres --)
chmod 777 "$tmp"
chmod 1777 "$dumps"
cd "$tmp" || exit

holmes_set HOLMES_COLLECT_INTERVAL=10ms HOLMES_COOLDOWN=10ms HOLMES_WARMUP=1 HOLMES_CPU_DURATION=100ms \
  HOLMES_MAX_DUMPS=50 HOLMES_CPU=1 HOLMES_CPU_MIN=0 HOLMES_CPU_ABS=0.1 HOLMES_MEM=1 HOLMES_MEM_MIN=0 \
  HOLMES_MEM_ABS=0.0001 HOLMES_HEAP=1 HOLMES_HEAP_MIN=0 HOLMES_HEAP_ABS=0.0000001 HOLMES_THREAD=1 \
  HOLMES_THREAD_MIN=0 HOLMES_THREAD_ABS=1

# ---- what the servers hold ----------------------------------------------------------------------

# watch_holdings PID NAME: twice a second "ANONYMOUS-KB DESCRIPTORS THREADS" of a process and those below
# it; holmes' own threads and children do not count.
watch_holdings() {
  exec python3 -u - "$1" >"$tmp/holdings.$2" <<'PY'
import os, sys, time
def text(path):
    with open(path) as file: return file.read()
def descriptors(pid):
    # Not a database's tables: it opens more of them as they grow, bare as well.
    links = (os.readlink(f'/proc/{pid}/fd/{fd}') for fd in os.listdir(f'/proc/{pid}/fd'))
    return sum('/data/base/' not in link for link in links)
def look(top):
    parents = {}
    for name in filter(str.isdigit, os.listdir('/proc')):
        try: parents[int(name)] = int(text(f'/proc/{name}/stat').rsplit(')', 1)[1].split()[1])
        except OSError: pass
    def below(pid): return pid == top or pid in parents and below(parents[pid])
    sums = [0, 0, 0]
    for pid in filter(below, parents):
        try:
            status = dict(line.split(':\t', 1) for line in text(f'/proc/{pid}/status').splitlines())
            if status['Name'].startswith('holmes') or 'RssAnon' not in status: continue
            names = [text(f'/proc/{pid}/task/{t}/comm') for t in os.listdir(f'/proc/{pid}/task')]
            held = [int(status['RssAnon'].split()[0]), descriptors(pid),
                    sum(not name.startswith('holmes') for name in names)]
            sums = [x + y for x, y in zip(sums, held)]
        except OSError: pass  # it has just ended
    return sums
while True:
    print(*look(int(sys.argv[1])))
    time.sleep(0.5)
PY
}

# assert_flat NAME: the last quarter holds no more than the second did, apart from noise.
assert_flat() {
  awk -v name="$1" '
    { kb[NR] = $1; fd[NR] = $2; thread[NR] = $3 }
    function mean(list, from, to,   i, sum) {
      for (i = from; i <= to; ++i) sum += list[i]
      return sum / (to - from + 1)
    }
    END {
      quarter = int(NR / 4)
      if (quarter < 1) { print name ": too few looks"; exit 1 }
      from = 3 * quarter; early_to = 2 * quarter
      kb0 = mean(kb, quarter + 1, early_to); kb1 = mean(kb, from, NR - 1)
      fd0 = mean(fd, quarter + 1, early_to); fd1 = mean(fd, from, NR - 1)
      t0 = mean(thread, quarter + 1, early_to); t1 = mean(thread, from, NR - 1)
      printf "%d -> %d KB, %.1f -> %.1f descriptors, %.1f -> %.1f threads\n", kb0, kb1, fd0, fd1, t0, t1
      exit !(kb1 <= kb0 * 1.15 + 8192 && fd1 <= fd0 + 3 && t1 <= t0 + 2)
    }' "$tmp/holdings.$1" || fail "$1 holds more and more"
}

# ---- the three servers: start, traffic that prints its p99 in ms, stop ------------------------------

start_redis() {
  port=$(free_port)
  "$1" "redis-$1" redis-server --port "$port" --bind 127.0.0.1 --dir "$tmp" --save '' --maxmemory 64mb \
    --maxmemory-policy allkeys-lru
  wait_port "$port"
}
traffic_redis() {
  local end=$((SECONDS + $1))
  while ((SECONDS < end)); do
    redis-benchmark -p "$port" -t set,get -n 30000 -r 20000 -d 200 -c 10 --csv 2>>"$tmp/redis.errors" || return 1
  done | awk -F'"' '$2 == "GET" || $2 == "SET" { n++; sum += $14 } END { printf "%.2f\n", sum / n }'
  [[ ! -s $tmp/redis.errors ]]
}
stop_redis() { redis-cli -p "$port" shutdown nosave >/dev/null 2>&1 || true; }

start_nginx() {
  port=$(free_port)
  mkdir -p "$tmp/www"
  seq 1 2000 >"$tmp/www/numbers.txt"
  cat >"$tmp/nginx.conf" <<END
$([[ $EUID -ne 0 ]] || echo 'user root;')
worker_processes 2; pid $tmp/nginx.pid; error_log $tmp/nginx-error.log;
events { worker_connections 64; }
http {
  access_log off; keepalive_requests 1000000; gzip on; gzip_types text/plain;
  client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy; fastcgi_temp_path $tmp/fastcgi;
  uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
  server { listen 127.0.0.1:$port; root $tmp/www; default_type text/plain; }
}
END
  "$1" "nginx-$1" "$nginx" -p "$tmp" -c "$tmp/nginx.conf" -g 'daemon off;'
  wait_port "$port"
}
traffic_nginx() {
  wrk -t1 -c8 "-d${1}s" --timeout 30s --latency -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/numbers.txt" >"$tmp/wrk.out"
  ! grep -qE 'Socket errors|Non-2xx' "$tmp/wrk.out" || return 1
  awk '$1 == "99%" { unit = $2 ~ /us$/ ? 0.001 : $2 ~ /ms$/ ? 1 : 1000; printf "%.2f\n", $2 * unit }' "$tmp/wrk.out"
}
stop_nginx() { kill -QUIT "$pid" && wait_until 'nginx to end' is_gone "$pid"; }

start_postgres() {
  [[ -d $tmp/data ]] ||
    "${as_postgres[@]}" "$postgres/initdb" -D "$tmp/data" -A trust --no-sync >"$tmp/initdb.out" 2>&1
  port=$(free_port)
  [[ $EUID -ne 0 ]] || launcher=(setpriv --reuid postgres --regid postgres --clear-groups)
  "$1" "postgres-$1" "$postgres/postgres" -D "$tmp/data" -p "$port" -k "$tmp" \
    -c listen_addresses= -c fsync=off
  launcher=()
  wait_until 'PostgreSQL to answer' "$postgres/pg_isready" -q -h "$tmp" -p "$port"
  [[ -e $tmp/filled ]] ||
    "${as_postgres[@]}" "$postgres/pgbench" -i -q -h "$tmp" -p "$port" postgres >"$tmp/filled" 2>&1
}
traffic_postgres() {
  rm -f "$tmp"/pgbench_log.*
  "${as_postgres[@]}" "$postgres/pgbench" -n -c 4 -j 1 -T "$1" -l --log-prefix="$tmp/pgbench_log" -h "$tmp" \
    -p "$port" postgres >"$tmp/pgbench.out" 2>&1 || return 1
  grep -q 'failed transactions: 0 ' "$tmp/pgbench.out" || return 1
  cat "$tmp"/pgbench_log.* | awk '{ print $3 }' | sort -n |
    awk '{ v[NR] = $1 } END { printf "%.2f\n", v[int(NR * 0.99)] / 1000 }'
}
stop_postgres() {
  "${as_postgres[@]}" "$postgres/pg_ctl" -D "$tmp/data" -m fast -w stop >>"$tmp/pg_ctl.out" 2>&1
}

# ---- the rounds ---------------------------------------------------------------------------------

for server in ${HOLMES_TEST_SERVERS:-redis nginx postgres}; do
  "start_$server" start_bare
  bare=$("traffic_$server" "$bare_seconds") || fail "bare $server: its client saw an error"
  "stop_$server"

  rm -f "$dumps"/*
  "start_$server" start
  watch_holdings "$pid" "$server" &
  watcher=$!
  started+=("$watcher")
  under=$("traffic_$server" "$seconds") || fail "$server under holmes: its client saw an error"
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  dumped=$(cat "$log" "$log.1" 2>/dev/null | grep -c ' pprof ' || true)  # the log may just have been rotated
  kinds=$(events | sed 's/.*-//; s/\.json//' | sort -u | tr '\n' ' ')
  flat=$(assert_flat "$server") || fail "$server: $flat"
  printf '%-9s p99 bare %7.2f ms, under holmes %7.2f ms; %5d dumps (%s), %s\n' \
    "$server" "$bare" "$under" "$dumped" "${kinds% }" "$flat"
  assert_true "$server was dumped all the time" "$dumped >= $seconds / 2"
  "stop_$server"
done
