#!/usr/bin/env bash
# A C program that loads a C++ plugin: operator new of a library that came as a dependency is found.
source "$(dirname "$0")/lib.sh"

command -v ar >/dev/null || skip 'no ar'
compgen -G '/usr/lib/bfd-plugins/*.so*' >/dev/null || skip 'ar has no plugins here'
echo 'nothing' >"$tmp/member"
LD_PRELOAD=$library HOLMES_DUMP_PATH=$dumps ar rcs "$tmp/x.a" "$tmp/member"
assert_eq 'the archive' "$(ar t "$tmp/x.a")" member

# Such a library is asked for once, not for each of its calls: LLVM's plugin makes a hundred thousand, and took 2 s.
microseconds_of() { local begin=${EPOCHREALTIME/./}; "$@"; echo $((${EPOCHREALTIME/./} - begin)); }
bare=$(microseconds_of ar rcs "$tmp/x.a" "$tmp/member")
taken=$(LD_PRELOAD=$library HOLMES_DUMP_PATH=$dumps microseconds_of ar rcs "$tmp/x.a" "$tmp/member")
assert_between 'µs that it takes longer' "$((taken - bare))" -1000000 1000000
