#!/usr/bin/env bash
# HOLMES_ON_DUMP runs after the event, with its manifest's path and without the preload.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
holmes_set HOLMES_ON_DUMP="cp \"\$HOLMES_EVENT\" '$tmp/copy.json' && env >'$tmp/env.new' && mv '$tmp/env.new' '$tmp/env.out'"
start_victim threads 10
wait_until 'the command to run' test -s "$tmp/env.out"
event=$(sed -n 's/^HOLMES_EVENT=//p' "$tmp/env.out")
assert_eq 'folder of HOLMES_EVENT' "$(dirname "$event")" "$dumps"
assert_eq 'pid in the manifest that the command saw' "$(jq .pid "$tmp/copy.json")" "$pid"
assert_eq 'lines of the environment with the preload' "$(lines_with "$tmp/env.out" 'libholmes')" 0
assert_eq 'the victim answers' "$(ask threads hello)" hello
