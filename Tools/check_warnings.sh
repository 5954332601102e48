#!/usr/bin/env bash
# Builds everything, tests too, and fails where the compiler warns of a file of ours.
# The dependencies' own warnings do not count, so the compiler cannot be told to make errors of all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=.build/check
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift build --build-tests --scratch-path "$scratch" </dev/null 2>&1 | tee "$log"
if grep -E "^$PWD/(Sources|Tests)/.*: warning:" "$log" | sort -u | grep .; then
    # A file that is not compiled again does not repeat its warnings: the next check must begin anew.
    rm -rf "$scratch"
    echo "check: the warnings above count as errors" >&2
    exit 1
fi
