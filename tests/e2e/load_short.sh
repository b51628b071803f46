#!/usr/bin/env bash
# Servers under traffic while every rule fires all the time: no client sees an error, nothing grows. The
# long version is scripts/soak.
exec bash "$(dirname "$0")/../stress/load.sh" 6
