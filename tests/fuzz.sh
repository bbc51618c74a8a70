#!/usr/bin/env bash
# Runs each fuzz target for some seconds over its corpus (tests/fuzz/corpus/NAME) with its dictionary
# (tests/fuzz/NAME.dict), if there are any.
#
#   tests/fuzz.sh BUILD SECONDS TARGET...     FUZZ_SEED=, FUZZ_RUNS= in the environment: the same inputs again
set -u
[ $# -ge 2 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/.." || exit 4
build=$(realpath "$1") || exit 4
log=$(mktemp)
trap 'rm -f "$log"' EXIT
seconds=$2
shift 2
passed=0 failed=0
for name in "$@"; do
    found=$build/fuzz-found/$name
    mkdir -p "$found/corpus"
    seeds=()
    [ ! -d "tests/fuzz/corpus/$name" ] || seeds=("tests/fuzz/corpus/$name")
    [ ! -f "tests/fuzz/$name.dict" ] || seeds+=("-dict=tests/fuzz/$name.dict")
    if "$build/tests/fuzz/$name" -max_total_time="$seconds" ${FUZZ_SEED:+-seed="$FUZZ_SEED"} ${FUZZ_RUNS:+-runs="$FUZZ_RUNS"} -timeout=10 -rss_limit_mb=2048 -max_len=16384 -verbosity=1 \
        -artifact_prefix="$found/" "$found/corpus" "${seeds[@]}" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      fuzz $name: $(grep -oE 'Done [0-9]+ runs' "$log" | tail -n 1)"
    else
        failed=$((failed + 1))
        echo "FAILED  fuzz $name"
        tail -n 40 "$log" | sed 's/^/    /'
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
