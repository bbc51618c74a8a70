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
laws=$("$build/tests/laws/laws" --pairs "$pairs" ${3:+--seed "$3"})
echo "$laws" | sed '$d'
last=$(tail -n 1 <<<"$laws")
[[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]] || { echo "the laws did not finish"; last="0 passed, 1 failed"; }
[[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]
passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
named=$("$build/tests/laws/named" 2>&1) || grep -v '^\[ RUN \|^\[       OK' <<<"$named"
good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s).*/\1/p' <<<"$named" | head -n 1)
bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' <<<"$named" | head -n 1)
[ -n "$good$bad" ] || bad=1
passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
