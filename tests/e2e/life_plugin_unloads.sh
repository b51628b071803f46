#!/usr/bin/env bash
# C++ libraries of a C program are gone after dlclose() as they are without holmes, and work when they are loaded
# again.
source "$(dirname "$0")/lib.sh"

cp "$victims/libplugin.so" "$tmp/other.so"
unloaded() { awk '$1 == "unloaded"'; }
assert_eq 'bare' "$("$victims/plugin_host" "$victims/libplugin.so" "$tmp/other.so" | unloaded)" 'unloaded 10 of 10'
under=$(env "${settings[@]}" LD_PRELOAD="$library" "$victims/plugin_host" "$victims/libplugin.so" "$tmp/other.so")
assert_eq 'under holmes' "$(unloaded <<<"$under")" 'unloaded 10 of 10'
