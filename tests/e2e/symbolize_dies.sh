#!/usr/bin/env bash
# The command that finds the names dies of a signal with a file half-written: the event is finished without
# names, opens, and nothing half-written stands under a final name.
source "$(dirname "$0")/lib.sh"

mkdir -p "$tmp/alone"
cp "$library" "$tmp/alone/"
library=$tmp/alone/libholmes.so
cat >"$tmp/alone/holmes" <<'SH'
#!/bin/sh
draft=$3
name=${draft##*/.}
part=${draft%/*}/.${name%.json.raw}.heap.pb.gz.part
echo half >"$part"
kill -SEGV $$
SH
chmod +x "$tmp/alone/holmes"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
start_victim steps 200
wait_event mem
assert_eq symbolized "$(manifest .symbolized)" false
assert_between 'bytes in the profile' "$(pprof_total "$(profile_of heap)" inuse_space)" 100e6 260e6
assert_no_strays
assert_eq 'drafts left' "$(find "$dumps" -name '.*.raw')" ''
assert_alive "$pid"
