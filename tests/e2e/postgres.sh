#!/usr/bin/env bash
# PostgreSQL: a backend under a heavy query is dumped under its own pid, and answers as without holmes.
source "$(dirname "$0")/lib.sh"

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[[ -n $bin ]] || fail 'PostgreSQL is not installed'
as_postgres=()
[[ $EUID -ne 0 ]] || as_postgres=(runuser -u postgres --)

# A build in a private folder could not be read by the user postgres.
mkdir -m 755 "$tmp/holmes"
cp "$library" "$HOLMES_BUILD/holmes" "$tmp/holmes/"
library=$tmp/holmes/libholmes.so
[[ $EUID -ne 0 ]] || { chmod 777 "$tmp" && chown postgres "$dumps"; }
cd "$tmp" || exit

"${as_postgres[@]}" "$bin/initdb" -D "$tmp/data" -A trust --no-sync >"$tmp/initdb.out" 2>&1
port=$(free_port)
control() { "${as_postgres[@]}" "$@" >>"$tmp/pg_ctl.out" 2>&1; }
serve() {  # VARIABLE...
  control env "$@" "$bin/pg_ctl" -D "$tmp/data" -w -l "$tmp/server.log" \
    -o "-p $port -k $tmp -c listen_addresses='' -c fsync=off -c max_parallel_workers_per_gather=0" start
}
stop() { control "$bin/pg_ctl" -D "$tmp/data" -m immediate stop; }
query() { "${as_postgres[@]}" psql -h "$tmp" -p "$port" -At -d postgres -c "$1"; }
at_end stop

answers() {
  query 'CREATE TABLE IF NOT EXISTS n AS SELECT g AS id, md5(g::text) AS text FROM generate_series(1, 50000) g'
  query 'SELECT count(*), md5(string_agg(text, chr(44) ORDER BY id DESC)) FROM n'
  query 'SELECT substr(text, 1, 1), count(*) FROM n GROUP BY 1 ORDER BY 1'
  query 'SELECT 1/0' 2>&1 || true
}

serve A=B
answers >"$tmp/bare.txt"
stop

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20
serve "${settings[@]}" LD_PRELOAD="$library"
answers >"$tmp/holmes.txt"
cmp <(tail -n +2 "$tmp/bare.txt") <(tail -n +2 "$tmp/holmes.txt") || fail 'PostgreSQL answers differently'

# The session says who it is, then burns for as long as the test needs.
heavy='SELECT count(*) FROM generate_series(1, 20000) a, generate_series(1, 20000) b
       WHERE md5((a * b)::text) LIKE $$00%$$'
background "${as_postgres[@]}" psql -h "$tmp" -p "$port" -At -d postgres \
  -c "COPY (SELECT pg_backend_pid()) TO '$tmp/backend'" -c "$heavy"
wait_until 'the session to start' file_has "$tmp/backend" '^[0-9]+$'
backend=$(cat "$tmp/backend")

backend_dumped() { [[ $(manifest .pid) == "$backend" ]]; }
wait_dump cpu backend_dumped
assert_eq comm "$(manifest .comm)" postgres
pprof_names "$(profile_of cpu)" cpu >"$tmp/cpu.names"
assert_file_has "$tmp/cpu.names" '^(PostgresMain|ExecutorRun|standard_ExecutorRun|pg_md5_hash|ExecAgg)'
assert_eq 'another session meanwhile' "$(query 'SELECT 6 * 7')" 42
query "SELECT pg_cancel_backend($backend)" >"$tmp/cancel.out"
assert_eq 'after the query was cancelled' "$(query 'SELECT count(*) FROM n')" 50000
