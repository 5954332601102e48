#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer and the address sanitizer, and runs them one after the other.
#   Fuzz/run.sh [SECONDS [TARGET...]]     TARGET: a folder of Fuzz/Corpus, for instance tokenizer; all where none is named
# What is found lies in .build/fuzz/found/TARGET, and fails the script; inputs that reach new code gather in .build/fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
[[ "$seconds" =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: SECONDS must be a number above 0, not '$seconds'" >&2; exit 2; }
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=($(cd Fuzz/Corpus && echo *))
for target in "${targets[@]}"; do
    [ -d "Fuzz/Corpus/$target" ] && continue
    echo "fuzz: there is no target '$target'; known are $(cd Fuzz/Corpus && echo *)" >&2
    exit 2
done

# Optimised, or next to nothing would be tried; but with the checks of debug builds, which the optimiser would drop.
build=.build/fuzz
SEQUITUR_FUZZ=build swift build -c release --scratch-path "$build" --disable-default-traits --traits Oniguruma \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -assert-config -Xswiftc Debug --product SequiturFuzz
folder=$(cd "$build/release" && pwd -P)

# Swift's backtracer would take the signal before libFuzzer writes the offending input. oneDNN and libgomp keep what they have.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16:allocator_may_return_null=1
export SEQUITUR_FUZZ_CORPUS=$PWD/Fuzz/Corpus
declare -a rows=()
failed=0
for target in "${targets[@]}"; do
    mkdir -p "$build/corpus/$target" "$build/found/$target"
    options=()
    [ ! -f "Fuzz/Dictionaries/$target.txt" ] || options+=("-dict=Fuzz/Dictionaries/$target.txt")
    log=$build/$target.log
    printf 'fuzz: %s for %s seconds\n' "$target" "$seconds" >&2
    result=none
    SEQUITUR_FUZZ=$target "$folder/SequiturFuzz" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=65536 \
        -artifact_prefix="$build/found/$target/" -print_final_stats=1 "${options[@]}" \
        "$build/corpus/$target" "Fuzz/Corpus/$target" >"$log" 2>&1 </dev/null || result=failed
    rm -rf /dev/shm/sequitur-fuzz-* /tmp/sequitur-fuzz-*
    if [ "$result" = failed ]; then
        failed=1
        result=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
        tail -40 "$log" >&2
    fi
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
    coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log" | tail -1)
    rows+=("$(printf '%-26s %12s %10s %9s  %s' "$target" "${executions:-0}" "${coverage:-0}" "${memory:-?}" "${result:-no input written; see $log}")")
done
printf '%-26s %12s %10s %9s  %s\n' target executions coverage 'peak MB' 'crash'
printf '%s\n' "${rows[@]}"
exit "$failed"
