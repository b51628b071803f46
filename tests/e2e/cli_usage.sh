#!/bin/bash
# Help and version are everywhere; wrong usage is exit code 2 with a message on stderr.
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
