#!/usr/bin/env bash
# Each function that allocates, in four threads at once, with as many blocks sampled as the budget allows:
# blocks are aligned, zeroed and whole, what must be refused is, and the heap profile has each function's bytes.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=64M HOLMES_HEAP_SAMPLE=1
functions='malloc calloc realloc reallocarray aligned_alloc memalign posix_memalign valloc new aligned_new'

tried=
for name in libc.so.6 libjemalloc.so.2 libtcmalloc_minimal.so.4 libmimalloc.so.2; do
  allocator=$(ldconfig -p | awk -v name="$name" '$1 == name && !found { print $NF; found = 1 }')
  [[ -n $allocator ]] || { echo "$name is not installed"; continue; }
  rm -rf "${dumps:?}"/* "$tmp"/allocate.*
  [[ $name == libc.so.6 ]] && more=pvalloc || more=
  # mimalloc 2.0.9, for one, does not align what posix_memalign asks for.
  bare=$(LD_PRELOAD=$allocator "$victims/allocate" 4 $more </dev/null || true)
  [[ $bare == READY ]] || { echo "$name without holmes: $bare"; continue; }
  launch allocate "${settings[@]}" LD_PRELOAD="$library:$allocator" -- "$victims/allocate" 4 $more
  wait_until "READY or WRONG with $name" file_has "$tmp/allocate.out" '^(READY|WRONG)'
  assert_eq "what it says with $name" "$(cat "$tmp/allocate.out")" READY
  wait_fresh_event mem
  profile=$(profile_of heap)
  for function in $functions $more; do
    assert_between "bytes at hold_$function with $name" "$(pprof_sum "$profile" inuse_space "hold_$function")" \
      $((3584 << 10)) $((4608 << 10))
  done
  tell allocate quit
  code=0
  wait "$pid" || code=$?
  assert_eq "exit code with $name" "$code" 0
  tried+=" $name"
done
assert_match 'those that ran' "$tried" 'libc.so.6'
