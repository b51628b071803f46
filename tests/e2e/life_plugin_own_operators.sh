#!/usr/bin/env bash
# Two C++ libraries of a C program, each with operators of its own, loaded in turn at the same place: each is
# given its own, not those of the one that lay there before.
source "$(dirname "$0")/lib.sh"

host=("$victims/plugin_own_host" "$victims/libplugin_own_1.so" "$victims/libplugin_own_2.so")
assert_match 'bare' "$("${host[@]}")" 'wrong 0$'
under=$(env "${settings[@]}" LD_PRELOAD="$library" "${host[@]}")
assert_match 'under holmes' "$under" 'wrong 0$'
[[ $under != *'same_place 0'* ]] || skip 'the loader puts them to different places here'
