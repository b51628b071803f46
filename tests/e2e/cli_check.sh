#!/bin/bash
# `holmes check`: exit code 1 and one line for each bad variable, none for good ones.
set -eu
holmes=$HOLMES_BUILD/holmes
fail() { echo "FAILED: $*" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for name in $(env | sed -n 's/^\(HOLMES_[A-Z_]*\)=.*/\1/p'); do
  [ "$name" = HOLMES_BUILD ] || unset "$name"
done
# A variable of the tests, not of holmes.
build=$HOLMES_BUILD
unset HOLMES_BUILD

$holmes check >"$dir/out" 2>"$dir/err" || fail "defaults are refused: $(cat "$dir/err")"
[ ! -s "$dir/err" ] || fail "defaults are complained of: $(cat "$dir/err")"
grep -q '^HOLMES_COLLECT_INTERVAL *5s$' "$dir/out" || fail "no value: $(cat "$dir/out")"
grep -Eq '^ *cpu .*70' "$dir/out" || fail "no rule: $(cat "$dir/out")"
grep -Eq '^ *heap +off' "$dir/out" || fail "the heap rule is off by default: $(cat "$dir/out")"

code=0
HOLMES_COLLECT_INTERVAL=soon HOLMES_MEM_ABS=60 $holmes check >"$dir/out" 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "a bad value: exit code $code"
[ "$(wc -l <"$dir/err")" = 1 ] || fail "not one complaint: $(cat "$dir/err")"
grep -q 'HOLMES_COLLECT_INTERVAL=soon.*5s' "$dir/err" || fail "complaint: $(cat "$dir/err")"
grep -q '^HOLMES_MEM_ABS *60 ' "$dir/out" || fail "the good value is lost: $(cat "$dir/out")"

printf '# mine\nHOLMES_CPU_ABS=lots\nexport HOLMES_MEM="off"\n' >"$dir/holmes.env"
code=0
$holmes check "$dir/holmes.env" >"$dir/out" 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "a bad file: exit code $code"
grep -q 'HOLMES_CPU_ABS=lots' "$dir/err" || fail "complaint: $(cat "$dir/err")"
grep -Eq '^ *mem +off' "$dir/out" || fail "the file's value is lost: $(cat "$dir/out")"

code=0
$holmes check "$dir/missing.env" >/dev/null 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "a missing file: exit code $code"
grep -q 'missing.env' "$dir/err" || fail "the missing file is not named: $(cat "$dir/err")"
