#!/usr/bin/env bash
# A symbolic link that somebody else planted in a sticky folder, as the dump folder: nothing is
# written through it, the service runs, and dumping starts when the link is gone.
source "$(dirname "$0")/lib.sh"
[[ $EUID -eq 0 ]] || skip 'only root can plant the link of another user'

mkdir -m 1777 "$tmp/shared"
mkdir -m 777 "$tmp/elsewhere"
dumps=$tmp/shared/dumps
ln -s "$tmp/elsewhere" "$dumps"
chown -h nobody "$dumps"
log=$tmp/service.log
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5 HOLMES_DUMP_PATH="$dumps" HOLMES_LOG="$log"
start_victim threads 10
wait_until 'a line about the folder' file_has "$log" "$dumps"
assert_eq 'the victim answers' "$(ask threads hello)" hello
assert_eq 'files behind the link' "$(ls -A "$tmp/elsewhere")" ''
rm "$dumps"
mkdir -m 700 "$dumps"
wait_event thread
assert_eq 'files behind the link' "$(ls -A "$tmp/elsewhere")" ''
