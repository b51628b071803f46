#!/usr/bin/env bash
# CPython's own tests of signals, threads, forks and subprocesses (Debian: libpython3-testsuite).
source "$(dirname "$0")/suite.inc"
python=/usr/bin/python3
"$python" -c 'import test.test_signal' 2>/dev/null || skip 'libpython3-testsuite is not installed'
bound=240
tests=("$@")
((${#tests[@]})) || tests=(test_signal test_threadsignals test_threading test_thread test_fork1 test_wait4
  test_subprocess test_os test_posix test_select test_epoll test_eintr test_faulthandler test_mmap test_resource
  test_multiprocessing_main_handling 'test_concurrent_futures -m ThreadPoolExecutorTest')
for test in "${tests[@]}"; do
  compare "python3, $test" env TMPDIR="$tmp" "$python" -m test $test </dev/null
done
finish
