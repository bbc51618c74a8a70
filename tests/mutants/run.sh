#!/usr/bin/env bash
# Breaks the runtime and the engine, one mutant at a time, and sees whether the laws notice. Works on a
# copy of the tree; the objects of BUILD are taken over, so that little has to be compiled.
#
#   tests/mutants/run.sh BUILD [NAME...]      PAIRS=60000 SEED=... in the environment
set -u
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/../.." || exit 4
build=$(realpath "$1") || exit 4
shift
pairs=${PAIRS:-60000} seed=${SEED:-1}
scratch=$(mktemp -d) || exit 4
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
mkdir -p "$tree/build"
cp -a Makefile mk runtime grammar compiler engine cli tests "$tree" || exit 4
cp -a "$build/." "$tree/build" || exit 4
rebuild() { make -C "$tree" BUILD=build EXTRA=-Wno-error build/tests/laws/laws build/tests/laws/named >"$scratch/make" 2>&1; }
laws() {
    local file=$tree/build/tests/laws
    timeout 90 "$file/laws" --pairs "$pairs" --seed "$seed" --first >"$scratch/laws" 2>&1
    case $? in 0) ;; 124) echo "FAILED time-limit: no end" >"$scratch/laws"; return 1 ;; *) return 1 ;; esac
    timeout 60 "$file/named" >"$scratch/laws" 2>&1
}
rebuild || { tail -n 20 "$scratch/make"; echo "the tree does not build"; exit 1; }
laws || { tail -n 40 "$scratch/laws"; echo "the laws fail without a mutant"; echo "0 passed, 1 failed"; exit 1; }

passed=0 failed=0
say() { printf '%-9s %-28s %s\n' "$@"; }
for mutant in tests/mutants/*.mutant; do
    name=$(basename "$mutant" .mutant)
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    meaning=$(head -n 1 "$mutant") file=$(sed -n 2p "$mutant")
    if ! reason=$(python3 tests/mutants/apply.py "$mutant" "$tree" 2>&1); then
        say STALE "$name" "$reason"
        failed=$((failed + 1))
    elif ! rebuild; then
        say BROKEN "$name" "it does not compile: $(grep -m1 'error:' "$scratch/make")"
        failed=$((failed + 1))
    elif laws; then
        say SURVIVED "$name" "$meaning"
        failed=$((failed + 1))
    else
        by=$(sed -n 's/^FAILED \([a-z-]*\):.*/\1/p; s/^\[  FAILED  \] \(test_[a-z_]*\)$/\1/p' "$scratch/laws" | head -n 1)
        say killed "$name" "$meaning (${by:-it crashed})"
        passed=$((passed + 1))
    fi
    cp "$file" "$tree/$file"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
