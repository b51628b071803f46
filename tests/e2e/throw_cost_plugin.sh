#!/usr/bin/env bash
# C++ exceptions of a library that a C program loads cost no more than without holmes, while dumps are made.
source "$(dirname "$0")/lib.sh"

throw_ns() { awk '$1 == "throw_ns" { print $2 }'; }
bare=$("$victims/plugin_host" "$victims/libplugin.so" | throw_ns)
holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_WARMUP=0 HOLMES_CPU_DURATION=100ms
holmes_set HOLMES_SYMBOLIZE=off  # a short program: its events are to be there at its end
under=$(env "${settings[@]}" LD_PRELOAD="$library" "$victims/plugin_host" "$victims/libplugin.so" | throw_ns)
echo "ns a throw: bare $bare, under holmes $under"
assert_true 'dumps made meanwhile' "$(events | wc -l) >= 1"
assert_true 'a throw' "$under < 1.7 * $bare"
