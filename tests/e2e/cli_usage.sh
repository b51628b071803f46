#!/bin/bash
# Help and version are everywhere; wrong usage is exit code 2 with a message on stderr, output that cannot be
# written exit code 1.
set -eu
holmes=$HOLMES_BUILD/holmes
fail() { echo "FAILED: $*" >&2; exit 1; }

for command in "" run check ls show symbolize; do
  $holmes $command --help | grep -q -- --help || fail "no help for '$command'"
  $holmes $command --version | grep -Eq '^holmes [0-9]+\.[0-9]+\.[0-9]+$' || fail "no version for '$command'"
done

wrong() {
  local code=0
  "$holmes" "$@" >/tmp/holmes-usage.$$ 2>&1 </dev/null || code=$?
  text=$(cat /tmp/holmes-usage.$$)
  rm -f /tmp/holmes-usage.$$
  [ "$code" = 2 ] || fail "holmes $*: exit code $code instead of 2: $text"
  case $text in "holmes: "*) ;; *) fail "holmes $*: no message: $text" ;; esac
}
wrong
wrong nonsense
case $text in *nonsense*) ;; *) fail "the unknown command is not named: $text" ;; esac
wrong run
wrong run --
wrong run --no-such-option 1 -- true
wrong show
wrong ls /tmp /tmp
wrong symbolize
wrong symbolize --event
wrong symbolize --event /tmp/not-a-draft.json
wrong symbolize --deadline soon /tmp/x
wrong symbolize --event /tmp/.x.json.raw /tmp/file

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf 'threads profile: total 1\n1 @ 0x1001\n' >"$dir/threads.txt"
for command in --help check "ls --json $dir" "show $dir/threads.txt" "symbolize $dir/threads.txt"; do
  code=0
  out=$(env -u HOLMES_BUILD "$holmes" $command 2>&1 >/dev/full) || code=$?
  [ "$code" = 1 ] || fail "holmes $command to a full disk: exit code $code: $out"
  case $out in *"cannot write to standard output"*) ;; *) fail "holmes $command: no message: $out" ;; esac
done
