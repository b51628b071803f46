#!/bin/bash
# `holmes run`: options become variables, the library goes in front of LD_PRELOAD, bad values stop
# it, and programs that cannot be preloaded into run with a warning.
set -eu
command -v cc >/dev/null || { echo "no C compiler here"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Laid out like an installation, with a library that does nothing.
mkdir "$dir/bin" "$dir/lib"
cp "$HOLMES_BUILD/holmes" "$dir/bin/"
cc -shared -o "$dir/lib/libholmes.so" -x c /dev/null
holmes=$dir/bin/holmes

out=$($holmes run --dump-path /var/dumps --mem-abs 60 -- sh -c 'echo "$HOLMES_DUMP_PATH $HOLMES_MEM_ABS $LD_PRELOAD $1"' x --mem-abs)
[ "$out" = "/var/dumps 60 $dir/lib/libholmes.so --mem-abs" ] || fail "environment: $out"

out=$(LD_PRELOAD=$dir/lib/libholmes.so $holmes run -- sh -c 'echo "$LD_PRELOAD"')
[ "$out" = "$dir/lib/libholmes.so:$dir/lib/libholmes.so" ] || fail "LD_PRELOAD: $out"

cp "$dir/lib/libholmes.so" "$dir/other.so"
out=$($holmes run --library "$dir/other.so" sh -c 'echo "$LD_PRELOAD"')
[ "$out" = "$dir/other.so" ] || fail "--library: $out"

# Every variable that is known has its option.
for name in $(env -u HOLMES_BUILD $holmes check | sed -n 's/^\(HOLMES_[A-Z_]*\) .*/\1/p'); do
  option=--$(echo "${name#HOLMES_}" | tr 'A-Z_' 'a-z-')
  $holmes run --help | grep -q -- "$option" || fail "$name has no option $option"
done

code=0
out=$($holmes run --collect-interval soon -- touch "$dir/started" 2>&1) || code=$?
[ $code = 2 ] || fail "a bad value: exit code $code"
case $out in *default*) fail "nothing is used instead: $out" ;; *HOLMES_COLLECT_INTERVAL=soon*) ;; *) fail "a bad value is not named: $out" ;; esac
[ ! -e "$dir/started" ] || fail "started in spite of a bad value"

for words in "--dmp-path /x -- true" "--dmp-path /x true" "stray -- true"; do
  code=0
  out=$($holmes run $words 2>&1) || code=$?
  [ $code = 2 ] || fail "run $words: exit code $code"
  case $out in *"${words%% *}"*) ;; *) fail "run $words: not named: $out" ;; esac
done

code=0
$holmes run -- sh -c 'exit 7' || code=$?
[ $code = 7 ] || fail "the command's exit code is lost: $code"
code=0
$holmes run -- "$dir/missing" 2>/dev/null || code=$?
[ $code = 127 ] || fail "a missing command: exit code $code"
code=0
$holmes run -- "$dir" 2>/dev/null || code=$?
[ $code = 126 ] || fail "a folder as command: exit code $code"

echo 'int main(void) { return 5; }' >"$dir/static.c"
if cc -static -o "$dir/static" "$dir/static.c" 2>/dev/null; then
  code=0
  out=$($holmes run -- "$dir/static" 2>&1) || code=$?
  [ $code = 5 ] || fail "the static program did not run: $code"
  case $out in *"statically linked"*) ;; *) fail "no warning for a static program: $out" ;; esac
fi
cc -o "$dir/dynamic" "$dir/static.c"
out=$($holmes run -- "$dir/dynamic" 2>&1) || true
[ -z "$out" ] || fail "a warning without a reason: $out"

mv "$dir/lib/libholmes.so" "$dir/lib/away"
code=0
out=$($holmes run -- true 2>&1) || code=$?
[ $code = 1 ] || fail "no library: exit code $code"
case $out in *libholmes.so*--library*) ;; *) fail "no library, and no advice: $out" ;; esac
