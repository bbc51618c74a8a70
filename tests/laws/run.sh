#!/usr/bin/env bash
# Runs the law tests and the bugs that have names; the sum stands last.
#
#   tests/laws/run.sh BUILD [quick|short|full|PAIRS] [SEED]
set -u
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
build=$1 pairs=${2:-quick}
case $pairs in
    short) pairs=20000 ;;    # under the sanitizers
    quick) pairs=200000 ;;
    full) pairs=1000000 ;;
esac
# A large run is shared out over the cores, each with a seed of its own, which it prints.
seed=${3:-20261122} jobs=1
[ "$pairs" -lt 100000 ] || jobs=$(nproc)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
for ((job = 0; job < jobs; job++)); do
    "$build/tests/laws/laws" --pairs $((pairs / jobs)) --seed $((seed + job)) >"$logs/$job" 2>&1 &
done
wait
passed=0 failed=0
for ((job = 0; job < jobs; job++)); do
    sed '$d' "$logs/$job"
    last=$(tail -n 1 "$logs/$job")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
        echo "the laws did not finish"
    fi
done
named=$("$build/tests/laws/named" 2>&1) || grep -v '^\[ RUN \|^\[       OK' <<<"$named"
good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s).*/\1/p' <<<"$named" | head -n 1)
bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' <<<"$named" | head -n 1)
[ -n "$good$bad" ] || bad=1
passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
