# Helpers of the end-to-end tests. A test sources this first; it then has a folder of its own ($tmp),
# a dump folder ($dumps), and a clean end: everything it started is killed, whatever happens.
#
# Waiting is for something to be true, with a deadline; never for time to pass.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HOLMES_BUILD=${HOLMES_BUILD:-$here/../../build}
HOLMES_BUILD=$(cd "$HOLMES_BUILD" && pwd)
library=$HOLMES_BUILD/libholmes.so
examples=$HOLMES_BUILD/examples
victims=$HOLMES_BUILD/victims
PATH=$HOLMES_BUILD:$PATH
export -n "${!HOLMES_@}"  # what configures the tests, or the caller, is not for the services

test_name=$(basename "$0" .sh)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/holmes-e2e-$test_name.XXXXXX")
chmod 755 "$tmp"
dumps=$tmp/dumps
mkdir -m 700 "$dumps"
log=$dumps/holmes.log
started=()     # pids to kill
undo=()        # commands to run at the end, last first
patience=${HOLMES_TEST_PATIENCE:-30}  # seconds until something awaited is called missing

# ---- the end ------------------------------------------------------------------------------------

cleanup() {
  local status=$? pid command
  trap - EXIT
  set +e
  [[ $status -eq 0 || $status -eq 77 ]] || show_evidence
  kill -KILL $(for pid in "${started[@]}"; do tree_of "$pid"; done) 2>/dev/null
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null; done
  for ((i = ${#undo[@]} - 1; i >= 0; --i)); do eval "${undo[i]}"; done
  # A symbolizer of a killed service may still be writing.
  for _ in {1..50}; do rm -rf "$tmp" 2>/dev/null && break; sleep 0.1; done
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# A process and all below it: a server's workers outlive their master.
tree_of() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1"); do tree_of "$child"; done
}

show_evidence() {
  echo "--- $test_name failed; what it left:"
  ls -la "$dumps" 2>&1 | tail -40
  for file in "$log" "$tmp"/*.log "$tmp"/*.out "$tmp"/*.err; do
    [[ -s $file ]] || continue
    echo "--- end of ${file#"$tmp"/}:"
    tail -n 25 "$file" | cut -c -400
  done
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

skip() {
  echo "SKIPPED: $*"
  exit 77
}

at_end() { undo+=("$*"); }

# ---- asserting ----------------------------------------------------------------------------------

assert_eq() {  # WHAT GOT EXPECTED
  [[ $2 == "$3" ]] || fail "$1: expected '$3', got '$2'"
}

assert_match() {  # WHAT GOT REGEX
  [[ $2 =~ $3 ]] || fail "$1: expected a match of '$3', got '$2'"
}

# Arithmetic in floating point: assert_true WHAT EXPRESSION, as in "12.5 >= 10 && 12.5 <= 15".
assert_true() {
  awk "BEGIN { exit !($2) }" || fail "$1: not true: $2"
}

assert_between() {  # WHAT GOT LOW HIGH
  [[ -n $2 ]] || fail "$1: expected between $3 and $4, got nothing"
  awk -v got="$2" -v low="$3" -v high="$4" 'BEGIN { exit !(got >= low && got <= high) }' ||
    fail "$1: expected between $3 and $4, got $2"
}

# assert_costs WHAT FACTOR BARE UNDER: what the command UNDER prints is at most FACTOR times what BARE prints.
# A disturbance makes single rounds dear, never cheap: the best of three rounds in turns, of ten if they differ.
assert_costs() {
  local round bare='' under='' figure
  for round in {1..10}; do
    figure=$($3) && bare=$(lower "$figure" "$bare")
    figure=$($4) && under=$(lower "$figure" "$under")
    ((round < 3)) || ! awk "BEGIN { exit !($under <= $2 * $bare) }" || break
  done
  echo "$1: bare $bare, under holmes $under, the best of $round rounds"
  assert_true "$1" "$under <= $2 * $bare"
}
lower() { awk -v new="$1" -v best="$2" 'BEGIN { print best == "" || new < best + 0 ? new : best }'; }

assert_file_has() {  # FILE REGEX
  grep -qE -- "$2" "$1" || fail "$1: no line matches '$2'"
}

assert_alive() {
  kill -0 "$1" 2>/dev/null || fail "process $1 is gone"
}

# ---- waiting ------------------------------------------------------------------------------------

# wait_until WHAT COMMAND...: polls the command until it succeeds.
wait_until() {
  local what=$1 deadline=$((SECONDS + patience))
  shift
  until "$@" 2>/dev/null; do
    ((SECONDS < deadline)) || fail "waited $patience s in vain for $what"
    sleep 0.05
  done
}

file_has() { grep -qE -- "$2" "$1"; }
lines_with() { grep -cE -- "$2" "$1" || true; }  # FILE REGEX
has_lines() { (($(lines_with "$1" "$2") >= $3)); }  # FILE REGEX COUNT
port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }
wait_port() { wait_until "port $1 to answer" port_answers "$1"; }
is_gone() { ! kill -0 "$1"; }

# ---- starting -----------------------------------------------------------------------------------

# Fast readings; every rule is off until a test turns it on. `settings` go to the service only.
settings=(
  HOLMES_DUMP_PATH="$dumps"
  HOLMES_COLLECT_INTERVAL=100ms
  HOLMES_WARMUP=3
  HOLMES_COOLDOWN=500ms
  HOLMES_CPU=0 HOLMES_MEM=0 HOLMES_HEAP=0 HOLMES_THREAD=0
  HOLMES_CPU_DURATION=1s
)
holmes_set() { settings+=("$@"); }

# start NAME COMMAND...: under holmes, in the background; sets $pid. Output goes to NAME.out and
# NAME.err; `tell NAME TEXT` writes to its standard input. It dies with the test.
start() { launch "$1" "${settings[@]}" LD_PRELOAD="$library" -- "${@:2}"; }
start_bare() { launch "$1" -- "${@:2}"; }

launcher=()  # a command in front of the next start's `env`, not under holmes
declare -A input_of=()
launch() {  # NAME VARIABLE... -- COMMAND...
  local name=$1 variables=() fd
  shift
  while [[ $1 != -- ]]; do
    variables+=("$1")
    shift
  done
  shift
  mkfifo "$tmp/$name.in"
  exec {fd}<>"$tmp/$name.in"
  input_of[$name]=$fd
  (
    for fd in "${input_of[@]}"; do exec {fd}>&-; done
    exec setpriv --pdeathsig KILL "${launcher[@]}" env "${variables[@]}" "$@" \
      <"$tmp/$name.in" >"$tmp/$name.out" 2>"$tmp/$name.err"
  ) &
  pid=$!
  started+=("$pid")
}

tell() { echo "${*:2}" >&"${input_of[$1]}"; }

# start_victim PROGRAM ARGUMENT...: as start, and waits until the victim is READY.
start_victim() {
  start "$1" "$victims/$1" "${@:2}"
  wait_until "$1 to be ready" file_has "$tmp/$1.out" '^READY$'
}
start_victim_bare() {
  start_bare "$1" "$victims/$1" "${@:2}"
  wait_until "$1 to be ready" file_has "$tmp/$1.out" '^READY$'
}

# ask NAME TEXT: tells the victim and waits for its answer, a line that starts with TEXT; prints it.
ask() {
  local before
  before=$(lines_with "$tmp/$1.out" "^$2")
  tell "$1" "$2"
  wait_until "$1 to answer '$2'" has_lines "$tmp/$1.out" "^$2" $((before + 1))
  grep -E -- "^$2" "$tmp/$1.out" | tail -n 1
}

# start_service EXAMPLE: an example on a free port; sets $pid, $port and $url.
start_service() {
  port=$(free_port)
  url=http://127.0.0.1:$port
  start "$1" "$examples/$1" --port "$port"
  wait_until "$1 to listen" file_has "$tmp/$1.out" "^listening on $port$"
}

free_port() {
  local candidate
  for _ in {1..100}; do
    candidate=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    port_answers $candidate 2>/dev/null || { echo $candidate && return; }
  done
  fail "no free port found"
}

# background COMMAND...: without holmes, killed at the end; sets $background_pid.
background() {
  setpriv --pdeathsig KILL "$@" >>"$tmp/background.out" 2>&1 </dev/null &
  background_pid=$!
  started+=("$background_pid")
}

# Has the monitor of this process taken its first readings? (There is a thread of that name.)
has_monitor() { grep -lqsx holmes /proc/"$1"/task/*/comm; }

# Of the service itself: the thread of holmes is not counted.
threads_of() { grep -sLx holmes /proc/"$1"/task/*/comm | wc -l; }
has_threads() { (($(threads_of "$1") >= $2)); }  # PID COUNT

# CPU time of all threads of a process, in milliseconds, from the scheduler's own nanoseconds.
cpu_ms_of() { cat /proc/"$1"/task/*/schedstat | awk '{ ns += $1 } END { printf "%.3f", ns / 1e6 }'; }

# record_cpu PID: keeps a record of the CPU time of a process from now on.
# cpu_ns_between PID FROM TO: its CPU time between two instants, in seconds since the epoch.
record_cpu() {
  while sleep 0.05; do
    local ns sum=0
    for task in /proc/"$1"/task/*/schedstat; do
      { read -r ns _ <"$task"; } 2>/dev/null && sum=$((sum + ns))
    done
    echo "$EPOCHREALTIME $sum"
  done >"$tmp/cpu.$1" &
  started+=("$!")
}
cpu_ns_between() {
  awk -v from="$2" -v to="$3" '
    function at(when) { return before + (now - before) * (when - then) / ($1 - then) }
    { now = $2 }
    NR > 1 && then <= from && from < $1 { start = at(from) }
    NR > 1 && then <= to && to < $1 { printf "%.0f", at(to) - start; exit }
    { then = $1; before = $2 }' "$tmp/cpu.$1"
}

rss_kb_of() { awk '$1 == "VmRSS:" { print $2 }' /proc/"$1"/status; }

# ---- events -------------------------------------------------------------------------------------

# The finished events (their manifests), oldest first; of one kind if given.
events() {
  local kind=${1:-*} file
  for file in "$dumps"/*-$kind.json; do
    [[ -e $file ]] && echo "$file"
  done
  return 0
}

has_events() { (($(events "$1" | wc -l) >= $2)); }

# wait_event KIND [N]: until N (1) events of the kind are finished; sets $event to the last of them.
wait_event() {
  wait_until "event ${2:-1} of kind $1" has_events "$1" "${2:-1}"
  event=$(events "$1" | sed -n "${2:-1}p")
}

# wait_dump KIND CHECK...: until the newest event of the kind satisfies the check, a command that
# finds the event in $event. For services whose events come again and again while they get worse.
wait_dump() { wait_until "an event of kind $1 that satisfies: ${*:2}" newest_satisfies "$@"; }
newest_satisfies() {
  event=$(events "$1" | tail -n 1)
  [[ -n $event ]] || return 1
  "${@:2}"
}

# One that was decided after now: those whose names are still looked for may have begun before.
wait_fresh_event() { wait_dump "$1" is_decided_after "$(date -u +%Y%m%dT%H%M%S.%3NZ)"; }
is_decided_after() { [[ $(basename "$event") > $1 ]]; }

manifest() { jq -r "$1" "$event"; }  # JQ-FILTER

# profile_of KIND: the path of that profile of $event.
profile_of() {
  local name
  name=$(manifest ".files[] | select(.profile == \"$1\") | .name")
  [[ -n $name && -s $dumps/$name ]] || fail "$event has no $1 profile"
  echo "$dumps/$name"
}

# Nothing half-written stands under a final name: every profile is named by a manifest.
assert_no_strays() {
  local file
  for file in "$dumps"/*.pb.gz "$dumps"/*.txt; do
    [[ -e $file ]] || continue
    grep -lqsF "\"${file##*/}\"" "$dumps"/*.json || fail "$file belongs to no manifest"
  done
}

# ---- reading profiles ---------------------------------------------------------------------------

# As on a machine that has neither the executable nor a network: names must come from the profile.
pprof() {
  HOME=$tmp PPROF_TMPDIR=$tmp PPROF_BINARY_PATH=$tmp go tool pprof -symbolize=none "$@" 2>"$tmp/pprof.err"
}

pprof_top() { pprof -top -nodecount=100000 -nodefraction=0 -edgefraction=0 "$@"; }

# pprof_total FILE SAMPLE_INDEX: the sum over all samples: bytes, nanoseconds or a count.
# pprof_sum FILE SAMPLE_INDEX FUNCTION [flat|cum]: what a function and its callees have (cum, the
# default) or it alone; FUNCTION is a regex for the whole name without arguments.
pprof_total() { pprof_lines "$1" "$2" | awk '{ sum += $1 } END { printf "%.0f", sum }'; }
pprof_sum() {
  pprof_lines "$1" "$2" | WANT="^($3)(\\(.*)?\$" COLUMN=${4:-cum} awk '
    { name = $6; for (i = 7; i <= NF; ++i) name = name " " $i; sub(/ \(inline\)$/, "", name)
      if (name ~ /\)::[({<]/) next  # a lambda inside of it, which is part of its cum
      if (name ~ ENVIRON["WANT"]) sum += ENVIRON["COLUMN"] == "flat" ? $1 : $4 }
    END { printf "%.0f", sum }'
}

# One line a function: flat flat% sum% cum cum% name, the numbers without a unit.
pprof_lines() {
  local unit=minimum
  case $2 in
    *space) unit=B ;;
    cpu) unit=ns ;;
  esac
  pprof_top -sample_index="$2" -unit="$unit" "$1" |
    awk 'table { $1 = $1 + 0; $4 = $4 + 0; print } $1 == "flat" && $2 == "flat%" { table = 1 }'
}

# The function names that go tool pprof shows, one a line.
pprof_names() { pprof_lines "$1" "$2" | cut -d' ' -f6-; }

# One line for each group of a text dump: "COUNTS @ ADDRESSES|function file:line|function ...".
groups() {
  awk '
    /^[0-9]+(: [0-9]+ \[[0-9]+: [0-9]+\])? @/ { if (group) print group; group = $0; next }
    /^#\t/ { split($0, field, "\t"); name = field[3]; sub(/\+0x[0-9a-f]+$/, "", name)
             group = group "|" name " " field[4]; next }
    /^---/ { exit }
    END { if (group) print group }' "$1"
}

# frame FUNCTION FILE: a regex for a frame of that function, with or without arguments, at any line
# of that file.
frame() { echo "$1(\\([^|]*\\))?( const)? [^|]*/$2:[0-9]+"; }

# group_has FILE HEADER_REGEX FRAME_REGEX: a group whose header and some frame match.
group_has() { groups "$1" | grep -E -- "^($2)[^|]*\|" | grep -qE -- "\|($3)"; }
