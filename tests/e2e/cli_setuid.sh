#!/bin/bash
# The loader ignores a preload in a setuid program of another user: `holmes run` says so.
set -eu
[ "$(id -u)" = 0 ] || { echo "only root can make a program setuid to somebody else"; exit 77; }
command -v cc >/dev/null || { echo "no C compiler here"; exit 77; }
id nobody >/dev/null || { echo "no user nobody"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cc -shared -o "$dir/libholmes.so" -x c /dev/null
cp "$HOLMES_BUILD/holmes" "$dir/"
echo 'int main(void) { return 5; }' >"$dir/program.c"
cc -o "$dir/program" "$dir/program.c"
chown nobody "$dir/program"
chmod 4755 "$dir/program"
code=0
out=$("$dir/holmes" run -- "$dir/program" 2>&1) || code=$?
[ $code = 5 ] || { echo "FAILED: it did not run: $code $out" >&2; exit 1; }
case $out in *setuid*) ;; *) echo "FAILED: no warning: $out" >&2; exit 1 ;; esac
