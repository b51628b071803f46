#!/usr/bin/env bash
# nginx, a master with forked workers: the event comes from the worker that burns and bears its pid;
# the answers are the same as without holmes.
source "$(dirname "$0")/lib.sh"
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || fail 'nginx is not installed'

mkdir -p "$tmp/www"
seq 1 200000 >"$tmp/www/numbers.txt"
port=$(free_port)
{
  [[ $EUID -ne 0 ]] || echo 'user root;'
  cat <<END
worker_processes 2;
pid $tmp/nginx.pid;
error_log $tmp/nginx-error.log;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path $tmp/body; proxy_temp_path $tmp/proxy; fastcgi_temp_path $tmp/fastcgi;
  uwsgi_temp_path $tmp/uwsgi; scgi_temp_path $tmp/scgi;
  gzip on; gzip_comp_level 9; gzip_types text/plain; keepalive_requests 1000000;
  server { listen 127.0.0.1:$port; root $tmp/www; default_type text/plain; }
}
END
} >"$tmp/nginx.conf"

serve() { "$1" "nginx-$1" "$nginx" -p "$tmp" -c "$tmp/nginx.conf" -g 'daemon off;' && wait_port "$port"; }
answers() {
  curl -sSf "http://127.0.0.1:$port/numbers.txt" | sha256sum
  curl -sSf -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/numbers.txt" | gunzip | sha256sum
  curl -s -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/missing"
}

serve start_bare
answers >"$tmp/bare.txt"
kill -QUIT "$pid"
wait_until 'the bare nginx to end' is_gone "$pid"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=20
serve start
master=$pid
answers >"$tmp/holmes.txt"
cmp "$tmp/bare.txt" "$tmp/holmes.txt" || fail 'nginx answers differently under holmes'

# One connection is one worker.
background wrk -t1 -c1 -d100s -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/numbers.txt"
wait_event cpu
workers=$(pgrep -P "$master" -x nginx)
busiest=$(for worker in $workers; do echo "$(cpu_ms_of "$worker") $worker"; done | sort -n | tail -n 1)
assert_eq 'workers' "$(wc -w <<<"$workers")" 2
assert_eq 'pids of all events' "$(jq -r .pid $(events cpu) | sort -u)" "${busiest#* }"
assert_eq ppid "$(manifest .ppid)" "$master"
assert_eq comm "$(manifest .comm)" nginx
assert_match 'name of the event' "$(manifest .event)" "-nginx-${busiest#* }-cpu\$"
pprof_names "$(profile_of cpu)" cpu >"$tmp/cpu.names"
assert_file_has "$tmp/cpu.names" '^ngx_(worker_process_cycle|http|event|process_events)'
answers >"$tmp/again.txt"
cmp "$tmp/bare.txt" "$tmp/again.txt" || fail 'nginx answers differently after a dump'

kill -QUIT "$master"
kill "$background_pid"
wait_until 'nginx to end as asked' is_gone "$master"
