#!/usr/bin/env bash
# A symbolic link planted where the log would be, in a sticky folder like /tmp: holmes does not write
# through it, and dumps all the same.
source "$(dirname "$0")/lib.sh"

chmod 1777 "$dumps"
echo 'precious' >"$tmp/target"
ln -s "$tmp/target" "$log"
[[ $EUID -ne 0 ]] || chown -h nobody "$log"
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_victim threads 10
wait_event thread
assert_eq 'the target of the link' "$(cat "$tmp/target")" precious
assert_eq 'the victim answers' "$(ask threads hello)" hello
assert_eq 'mode of the profile' "$(stat -c %a "$(profile_of threads)")" 600
assert_eq 'mode of the manifest' "$(stat -c %a "$event")" 600
