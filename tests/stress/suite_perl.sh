#!/usr/bin/env bash
# perl's own tests, from Debian's source package, by the perl that is installed.
source "$(dirname "$0")/suite.inc"
perl=$(command -v perl) || skip 'perl is not installed'
source=$(source_of perl) || skip "perl's source cannot be had: $(tail -n 1 "$tmp/fetch.log")"
tests=("$@")
((${#tests[@]})) || tests=(op/fork op/alarm op/sigdispatch op/threads op/exec op/kill0 op/sleep op/stat op/sysio op/sort
  op/hash op/pack op/sprintf op/tie_fetch_count op/time io/eintr io/pipe io/socket io/socketpair io/dup io/fs
  run/exit run/fresh_perl lib/croak)

# In their texts are times, ports, pids and random hashes, and threads finish in any order.
result_in() { grep -aoE '^ *(not )?ok [0-9]+|^ *[0-9]+\.\.[0-9]+|^Bail out' "$1" | sort; }

# They look for `./perl` and `../lib`.
cp -r "$source/t" "$tmp/t"
mkdir "$tmp/lib"
for folder in $("$perl" -e 'print "@INC"'); do
  [[ $folder != /usr/local/* && -d $folder ]] && cp -rsf "$folder/." "$tmp/lib/" 2>/dev/null
done
ln -s "$perl" "$tmp/t/perl"
ln -s "$perl" "$tmp/perl"
cd "$tmp/t"
for test in "${tests[@]}"; do compare "perl, $test" ./perl "$test.t" </dev/null; done
finish
