#!/usr/bin/env bash
# A host that changes its root: dumps go where its paths now lead, as long as it has /proc there; without
# it holmes is blind, and harmless.
source "$(dirname "$0")/lib.sh"

[[ $(id -u) == 0 ]] || skip 'only root can chroot'
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=5 HOLMES_CPU_DURATION=200ms HOLMES_LOG=none
mkdir -p "$tmp/root/proc" "$tmp/root$dumps"
mount --bind /proc "$tmp/root/proc" 2>/dev/null || skip 'no right to mount'
at_end "umount -l '$tmp/root/proc' 2>/dev/null"
start_victim leave_namespace
wait_until 'the monitor' has_monitor "$pid"
tell leave_namespace "chroot $tmp/root"
wait_until 'the chroot' file_has "$tmp/leave_namespace.out" '^chroot 0$'
ask leave_namespace burn >"$tmp/answer"
has_dump_inside() { compgen -G "$tmp/root$dumps/*-cpu.json" >/dev/null; }
wait_until 'a dump inside' has_dump_inside
assert_eq 'dumps outside' "$(events | wc -l)" 0
tell leave_namespace quit
wait_until 'its end' is_gone "$pid"

umount -l "$tmp/root/proc"
rm -rf "$tmp/root$dumps" "$tmp"/leave_namespace.*
start_victim leave_namespace
wait_until 'the monitor' has_monitor "$pid"
tell leave_namespace "chroot $tmp/root"
wait_until 'the chroot' file_has "$tmp/leave_namespace.out" '^chroot 0$'
assert_eq 'without /proc it answers' "$(ask leave_namespace burn)" burn
assert_eq 'and again' "$(ask leave_namespace hello)" hello
tell leave_namespace quit
code=0
wait "$pid" || code=$?
assert_eq 'exit code' "$code" 0
