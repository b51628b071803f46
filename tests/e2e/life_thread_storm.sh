#!/usr/bin/env bash
# Threads start and end by the thousand, on 16 KiB stacks too, while all kinds of dumps fire.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/storm.inc"

storm threads
assert_true 'threads' "$made >= 1000"
