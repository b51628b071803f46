#!/usr/bin/env bash
# A C program that loads C++ libraries: each finds its own operator new, whether it was loaded by name or as a
# dependency, and is asked for once, not at each call.
source "$(dirname "$0")/lib.sh"

pair_ns() { awk '$1 == "pair_ns" { print $2 }'; }
bare=$("$victims/plugin_host" "$victims/libplugin.so" | pair_ns)
under=$(env "${settings[@]}" LD_PRELOAD="$library" "$victims/plugin_host" "$victims/libplugin.so" | pair_ns)
echo "ns a pair: bare $bare, under holmes $under"
assert_between 'ns that a pair takes longer' "$(awk "BEGIN { print $under - $bare }")" -100 200

command -v ar >/dev/null || skip 'no ar'
compgen -G '/usr/lib/bfd-plugins/*.so*' >/dev/null || skip 'ar has no plugins here'
echo 'nothing' >"$tmp/member"
LD_PRELOAD=$library HOLMES_DUMP_PATH=$dumps ar rcs "$tmp/x.a" "$tmp/member"
assert_eq 'the archive' "$(ar t "$tmp/x.a")" member
