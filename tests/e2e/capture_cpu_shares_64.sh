#!/usr/bin/env bash
# 64 threads that burn the same CPU time have the same share of a CPU profile, and it is the time that they
# burnt; also those that start during the capture.
source "$(dirname "$0")/lib.sh"
source "$here/capture.inc"

burn_in_a_capture timers 64 200 25s
assert_shares 64 200
assert_labels 64
