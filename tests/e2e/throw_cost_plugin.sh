#!/usr/bin/env bash
# C++ exceptions of a library that a C program loads cost no more than without holmes, while dumps are made.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_WARMUP=0 HOLMES_CPU_DURATION=100ms
holmes_set HOLMES_SYMBOLIZE=off  # a short program: its events are to be there at its end
throw_ns() { env "$@" "$victims/plugin_host" "$victims/libplugin.so" | awk '$1 == "throw_ns" { print $2 }'; }
throw_ns_under() { throw_ns "${settings[@]}" LD_PRELOAD="$library"; }
assert_costs 'ns a throw' 1.7 throw_ns throw_ns_under
assert_true 'dumps made meanwhile' "$(events | wc -l) >= 1"
