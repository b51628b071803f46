#!/bin/bash
# `holmes check`: exit code 1 and one line for each bad variable, none for good ones; a note, and exit code 0,
# for good ones that do not go together.
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
grep -q 'HOLMES_COLLECT_INTERVAL.*"soon".*using 5s$' "$dir/err" || fail "complaint: $(cat "$dir/err")"
grep -q '^HOLMES_MEM_ABS *60 ' "$dir/out" || fail "the good value is lost: $(cat "$dir/out")"

HOLMES_COLLECT_INTERVAL=1ms $holmes check >/dev/null 2>"$dir/err" && fail "below the floor: exit code 0"
grep -q 'using 10ms$' "$dir/err" || fail "the floor is no default: $(cat "$dir/err")"
HOLMES_CONFIG=$dir/gone.env $holmes check >/dev/null 2>"$dir/err" && fail "a missing HOLMES_CONFIG: exit code 0"
grep -q 'gone.env.*using the environment alone$' "$dir/err" || fail "complaint: $(cat "$dir/err")"

printf '# mine\nHOLMES_CPU_ABS=lots\nexport HOLMES_MEM="off"\n' >"$dir/holmes.env"
code=0
$holmes check "$dir/holmes.env" >"$dir/out" 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "a bad file: exit code $code"
grep -q 'HOLMES_CPU_ABS.*"lots"' "$dir/err" || fail "complaint: $(cat "$dir/err")"
grep -Eq '^ *mem +off' "$dir/out" || fail "the file's value is lost: $(cat "$dir/out")"

code=0
$holmes check "$dir/missing.env" >/dev/null 2>"$dir/err" || code=$?
[ $code = 1 ] || fail "a missing file: exit code $code"
grep -q 'missing.env' "$dir/err" || fail "the missing file is not named: $(cat "$dir/err")"

# note REGEX VARIABLE=VALUE...: one note, and exit code 0.
note() {
  env "${@:2}" $holmes check >/dev/null 2>"$dir/err" || fail "${*:2}: exit code $?"
  [ "$(wc -l <"$dir/err")" = 1 ] && grep -Eq "^holmes: note: $1" "$dir/err" || fail "${*:2}: $(cat "$dir/err")"
}
silent() {
  env "$@" $holmes check >/dev/null 2>"$dir/err" || fail "$*: exit code $?"
  [ ! -s "$dir/err" ] || fail "$*: $(cat "$dir/err")"
}
note 'HOLMES_HEAP_SAMPLE=0' HOLMES_HEAP_SAMPLE=0
note 'HOLMES_HEAP_SAMPLE=0' HOLMES_HEAP_SAMPLE=0 HOLMES_MEM=0 HOLMES_HEAP=1
silent HOLMES_HEAP_SAMPLE=0 HOLMES_MEM=0
note 'HOLMES_DUMP_TO_LOGGER=1.*text' HOLMES_DUMP_TO_LOGGER=1
silent HOLMES_DUMP_TO_LOGGER=1 HOLMES_DUMP_FORMAT=text
note "HOLMES_DUMP_PATH=$dir/holmes.env:.*Not a directory" HOLMES_DUMP_PATH="$dir/holmes.env"
note "HOLMES_DUMP_PATH=$dir/holmes.env/x:.*Not a directory" HOLMES_DUMP_PATH="$dir/holmes.env/x"
silent HOLMES_DUMP_PATH="$dir/not/yet/there"
[ ! -e "$dir/not" ] || fail "check makes the dump folder"
silent HOLMES_ENABLE=0 HOLMES_HEAP_SAMPLE=0 HOLMES_DUMP_PATH="$dir/holmes.env"
