#!/usr/bin/env bash
# Builds a fuzz target with libFuzzer and the address sanitizer and runs it.
#   Fuzz/run.sh TARGET [SECONDS]     TARGET: a folder beside this script, for instance SafetensorsFuzz
# What it finds lies in .build/fuzz/TARGET/found; the corpus grows in .build/fuzz/TARGET/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?name a target: $(cd Fuzz && echo *Fuzz)}
seconds=${2:-60}
build=.build/fuzz/$target
mkdir -p "$build/corpus" "$build/found"

# One module of the parser's sources and the entry; their imports of each other go, since all is one module.
rm -rf "$build/sources"
while read -r pattern; do
    for file in $pattern; do
        copy=$build/sources/$file
        mkdir -p "$(dirname "$copy")"
        sed '/^import Sequitur/d' "$file" >"$copy"
    done
done <"Fuzz/$target/sources.txt"
# Library code built without -O keeps the checks that only debug builds have; the optimiser would drop them.
find "$build/sources" -name '*.swift' -print0 |
    xargs -0 swiftc -sanitize=fuzzer,address -parse-as-library -package-name sequitur -g \
        -swift-version 6 -module-name Fuzz -o "$build/fuzz"

# The backtracer of Swift would take the signal before libFuzzer writes the offending input.
exec env SWIFT_BACKTRACE=enable=no "$build/fuzz" -max_total_time="$seconds" -artifact_prefix="$build/found/" \
    -rss_limit_mb=2048 -timeout=10 -dict="Fuzz/$target/dictionary.txt" -print_final_stats=1 \
    "$build/corpus" "Fuzz/$target/seeds"
