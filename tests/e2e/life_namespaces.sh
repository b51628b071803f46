#!/usr/bin/env bash
# unshare and setns that the kernel allows to single-threaded processes alone succeed as they do
# without holmes, also in the middle of an event, and holmes works on afterwards, in the new namespace.
source "$(dirname "$0")/lib.sh"

unshare -U true 2>/dev/null || skip 'no user namespaces here'
under_holmes() { env "${settings[@]}" LD_PRELOAD="$library" "$@"; }

# The user and mount namespaces of another process, joined by a preloaded nsenter.
background unshare -U -r -m sleep 1000
there=$background_pid
separate() { [[ $(readlink "/proc/$there/ns/user") != $(readlink /proc/self/ns/user) ]]; }
wait_until 'the namespaces' separate
for _ in {1..10}; do
  under_holmes unshare -U true || fail 'unshare -U'
  under_holmes unshare -U -r -m true || fail 'unshare -U -r -m'
  under_holmes nsenter -t "$there" -U -m --preserve-credentials true || fail 'nsenter -U -m'
done
under_holmes unshare -U -r -p -f -n -u -i true || fail 'unshare of everything'
code=0
under_holmes unshare -U -- sh -c 'exit 7' || code=$?
assert_eq 'exit code' "$code" 7

# In the middle of a CPU capture of a minute: it ends early, with what it has.
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_DURATION=60s
start_victim leave_namespace
ask leave_namespace burn >"$tmp/answer"
has_thread_of_event() { grep -lqsx holmes-dump /proc/"$pid"/task/*/comm; }
wait_until 'a capture' has_thread_of_event
assert_eq 'unshare(CLONE_NEWUSER)' "$(ask leave_namespace user)" 'user 0'
wait_until 'the monitor to come back' has_monitor "$pid"
wait_event cpu
assert_true 'the capture was cut short' "$(manifest .capture_us) < 60000000"
tell leave_namespace quit

# A host that moves to a mount namespace of its own takes its dump folder's path along.
settings=("${settings[@]/HOLMES_CPU_DURATION=60s/HOLMES_CPU_DURATION=500ms}")
rm -rf "${dumps:?}"/*
start again "$victims/leave_namespace" "$dumps"
wait_until 'it to be ready' file_has "$tmp/again.out" '^READY$'
wait_until 'the monitor' has_monitor "$pid"
assert_eq 'a tmpfs over the dump folder' "$(ask again mount)" 'mount 0'
ask again burn >"$tmp/answer"
inside=/proc/$pid/root$dumps
has_dump_inside() { compgen -G "$inside/*-cpu.json" >/dev/null; }
wait_until 'a dump in the new mount namespace' has_dump_inside
assert_eq 'dumps outside' "$(events cpu | wc -l)" 0
