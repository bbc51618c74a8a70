#!/usr/bin/env bash
# Breaks the runtime and the engine, one mutant at a time, and sees whether the laws notice. Works on
# copies of the tree, one per core; the objects of BUILD are taken over, so that little has to be compiled.
#
#   tests/mutants/run.sh BUILD [NAME...]      PAIRS=60000 SEED=... JOBS=cores in the environment
set -u
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/../.." || exit 4
build=$(realpath "$1") || exit 4
shift
pairs=${PAIRS:-60000} seed=${SEED:-1} jobs=${JOBS:-$(nproc)} limit=600
scratch=$(mktemp -d) || exit 4
trap 'rm -rf "$scratch"' EXIT

# All of these work in $tree, and leave what a program said in $tree.said.
copy() {
    mkdir -p "$tree/build"
    cp -a Makefile mk runtime grammar compiler engine cli tests "$tree" && cp -a "$build/." "$tree/build"
}
rebuild() { make -C "$tree" BUILD=build EXTRA=-Wno-error build/tests/laws/laws build/tests/laws/named >"$tree.said" 2>&1; }
laws() {
    local file=$tree/build/tests/laws
    timeout "$limit" "$file/laws" --pairs "$pairs" --seed "$seed" --first >"$tree.said" 2>&1
    case $? in 0) ;; 124) echo "FAILED time-limit: no end" >"$tree.said"; return 1 ;; *) return 1 ;; esac
    timeout "$limit" "$file/named" >"$tree.said" 2>&1
}
say() { printf '%-9s %-28s %s\n' "$@"; }
try() {
    local mutant=$1 name meaning file reason by
    name=$(basename "$mutant" .mutant) meaning=$(head -n 1 "$mutant") file=$(sed -n 2p "$mutant")
    if ! reason=$(python3 tests/mutants/apply.py "$mutant" "$tree" 2>&1); then
        say STALE "$name" "$reason"
    elif ! rebuild; then
        say BROKEN "$name" "it does not compile: $(grep -m1 'error:' "$tree.said")"
    elif laws; then
        say SURVIVED "$name" "$meaning"
    else
        by=$(sed -n 's/^FAILED \([a-z-]*\):.*/\1/p; s/^\[  FAILED  \] \(test_[a-z_]*\)$/\1/p' "$tree.said" | head -n 1)
        say killed "$name" "$meaning (${by:-it crashed})"
    fi
    cp "$file" "$tree/$file"
}

tree=$scratch/0
copy || exit 4
rebuild || { tail -n 20 "$tree.said"; echo "the tree does not build"; exit 1; }
started=$SECONDS
laws || { tail -n 40 "$tree.said"; echo "the laws fail without a mutant"; echo "0 passed, 1 failed"; exit 1; }
# A mutant that makes the laws run on and on is caught too; a slow machine must not look like one.
limit=$((60 + 5 * (SECONDS - started)))

for ((job = 0; job < jobs; job++)); do
    (
        tree=$scratch/$job place=0
        [ "$job" -eq 0 ] || { copy && rebuild; } || exit 4
        for mutant in tests/mutants/*.mutant; do
            [ $# -eq 0 ] || [[ " $* " == *" $(basename "$mutant" .mutant) "* ]] || continue
            [ $((place++ % jobs)) -ne "$job" ] || try "$mutant"
        done
    ) | tee "$scratch/$job.found" &
done
wait
passed=$(cat "$scratch"/*.found | grep -c '^killed') failed=$(cat "$scratch"/*.found | grep -vc '^killed')
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
