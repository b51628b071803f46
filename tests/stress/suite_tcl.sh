#!/usr/bin/env bash
# Tcl's own tests, from Debian's source package, by the tclsh that is installed.
source "$(dirname "$0")/suite.inc"
tclsh=$(command -v tclsh8.6) || skip 'tcl8.6 is not installed'
source=$(source_of tcl8.6) || skip "tcl's source cannot be had: $(tail -n 1 "$tmp/fetch.log")"
cp -r "$source" "$tmp/tcl"
cd "$tmp/tcl/tests"
tests=("$@")
((${#tests[@]})) || tests=(event exec coroutine chan pid trace unixInit http fileName fCmd string regexp clock)
for test in "${tests[@]}"; do
  compare "tcl, $test" env TZ=UTC sh -c "'$tclsh' all.tcl -file $test.test 2>&1 | grep -v '^Tests \(began\|ended\)'" </dev/null
done
finish
