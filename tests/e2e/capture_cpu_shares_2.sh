#!/usr/bin/env bash
# 2 threads that burn the same CPU time have the same share of a CPU profile, and it is the time that they
# burnt; also those that start during the capture.
source "$(dirname "$0")/lib.sh"
source "$here/capture.inc"

burn_in_a_capture timers 2 1000 10s
assert_shares 2 1000
assert_labels 2
