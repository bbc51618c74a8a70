#!/usr/bin/env bash
# Static checks: every source without a warning under gcc and clang, cppcheck, clang-tidy, tidy.py.
#
#   tests/lint.sh BUILD
set -u
[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/.." || exit 4
build=$(realpath "$1") || exit 4
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0
step() {
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -n 60 "$log" | sed 's/^/    /'
    fi
}
# The flags stand in mk/build.mk once; warnings are errors there. The build itself is gcc's verdict.
with_clang() { make --no-print-directory -j2 BUILD="$build-clang" CC=clang CXX=clang++ OPT=-O1 build-tests; }
# Off: unknownEvaluationOrder takes the names of designated initialisers for assignments, and
# identicalInnerCondition takes `if (x) return x;` for a repeated question.
with_cppcheck() {
    find runtime grammar compiler engine cli -name '*.c' -print0 |
        xargs -0 cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
            --suppress=missingIncludeSystem --suppress=unmatchedSuppression --suppress=unknownEvaluationOrder \
            --suppress=identicalInnerCondition --suppress='syntaxError:*.def' -Iruntime -Icompiler -Icompiler/proof -Iengine -I"$build/grammar"
}
with_clang_tidy() {
    # Off: what -Wconversion says already, and what takes pointers' arrays, texts without an end and equal cases
    # for mistakes.
    local checks='-*,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-assignment-in-if-condition'
    checks+=',-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result'
    checks+=',-bugprone-sizeof-expression,-bugprone-not-null-terminated-result,-bugprone-branch-clone'
    find runtime grammar compiler engine cli -name '*.c' -print0 |
        xargs -0 -P2 -I{} clang-tidy --quiet --warnings-as-errors='*' --checks="$checks" {} -- \
            -std=c17 -D_GNU_SOURCE -Iruntime -Icompiler -Icompiler/proof -Iengine -Igrammar -I"$build/grammar" 2>/dev/null
}
canonical_rules() {
    local folder code=0
    for folder in examples stdlib tests/oracle/retail tests/oracle/taobao tests/docs; do
        [ -z "$(find "$folder" -name '*.seg' -print -quit 2>/dev/null)" ] || "$build/seg" fmt --check "$folder" || code=1
    done
    return $code
}
# A mutant whose line is gone proves nothing; to try them all takes a copy of each file, not a build.
mutants_apply() {
    local mutant tree code=0
    tree=$(mktemp -d)
    for mutant in tests/mutants/*.mutant; do
        install -D "$(sed -n 2p "$mutant")" "$tree/$(sed -n 2p "$mutant")" &&
            python3 tests/mutants/apply.py "$mutant" "$tree" || code=1
    done
    rm -rf "$tree"
    return $code
}
step "gcc without a warning" make --no-print-directory -j2 BUILD="$build" build-tests
step "clang without a warning" with_clang
step "cppcheck" with_cppcheck
step "clang-tidy" with_clang_tidy
step "rules in canonical form" canonical_rules
step "mutants have their places" mutants_apply
output=$(tests/tidy.py "$build" 2>&1)
printf '%s\n' "$output" | sed '$d'
if [[ $(tail -n 1 <<<"$output") =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
else
    failed=$((failed + 1))
    printf '%s\n' "$output"
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
