#!/usr/bin/env bash
# Binary dumps: gzip that opens, the sample types of the contract, names and lines in the file itself,
# mappings with build ids, the trigger in the comments.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=10 HOLMES_MEMORY_LIMIT=1G
start_victim steps 200
wait_event mem
profile=$(profile_of heap)
assert_match 'name' "$profile" '/[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-steps-'"$pid"'-mem\.heap\.pb\.gz$'
gzip -t "$profile" || fail 'not gzip'
assert_eq 'size in the manifest' "$(manifest '.files[0].bytes')" "$(stat -c %s "$profile")"
pprof -raw "$profile" >"$tmp/raw"
assert_file_has "$tmp/raw" '^alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes\[dflt\]$'
assert_file_has "$tmp/raw" ' grow_here.* .*steps\.cc:[0-9]+'
build_id=$(readelf -n "$victims/steps" | awk '/Build ID:/ { print $3 }')
assert_file_has "$tmp/raw" "/victims/steps $build_id|/victims/steps.*$build_id"
assert_eq 'build id of the manifest' "$(manifest .build_id)" "$build_id"
pprof -comments "$profile" >"$tmp/comments"
assert_file_has "$tmp/comments" 'mem'
assert_eq symbolized "$(manifest .symbolized)" true
