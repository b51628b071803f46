#!/usr/bin/env bash
# HOLMES_EXCLUDE and HOLMES_INCLUDE choose programs by the name of the executable.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_THREAD=1 HOLMES_THREAD_ABS=5
start_with() {  # NAME VARIABLE: prints nothing, sets $pid
  launch "$1" "${settings[@]}" "$2" LD_PRELOAD="$library" -- "$victims/threads" 10
  wait_until "$1 to be ready" file_has "$tmp/$1.out" '^READY$'
}
start_with excluded HOLMES_EXCLUDE='nginx,thr*'
out=$pid
start_with not-included HOLMES_INCLUDE='redis*'
out+="|$pid"
start_with plain HOLMES_EXCLUDE=
in=$pid
start_with other-excluded HOLMES_EXCLUDE='nginx,sp*'
in+=" $pid"
start_with included HOLMES_INCLUDE='redis*,thr?ads'
in+=" $pid"

dumped() { jq -r .pid $(events thread) | grep -qx "$1"; }
for pid in $in; do wait_until "an event of $pid" dumped "$pid"; done
assert_eq 'events of those left out' "$(jq -r .pid $(events) | grep -cxE "$out" || true)" 0
for pid in ${out/|/ }; do
  if has_monitor "$pid"; then fail "$pid is watched though it was left out"; fi
done

# Links go by both names: Debian's redis-server is one.
ln -s "$victims/threads" "$tmp/by_link"
launch linked "${settings[@]}" HOLMES_INCLUDE=by_link LD_PRELOAD="$library" -- "$tmp/by_link" 10
wait_until 'an event of the link' dumped "$pid"
