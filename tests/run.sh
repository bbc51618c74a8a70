#!/usr/bin/env bash
# Runs parts of the checks: a line for each part, what failed below it, and the sum of all last.
#
#   tests/run.sh BUILD PART...      BUILD: the folder that holds seg and the test programs
#
# UNIT="test_x test_y" takes only these programs of the part unit.
# Parts: unit golden scenarios acceptance docs sql oracle zones conformance corpus laws embed arrow parquet
set -u
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
cd "$(dirname "$0")/.." || exit 4
build=$(realpath "$1") || exit 4
seg=$build/seg
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed_all=0 failed_all=0 skipped_all=0

# Each part prints what it likes; its last line is `N passed, N failed[, N skipped]`.
part_unit() {
    local passed=0 failed=0 name program programs=() output code good bad
    for name in ${UNIT:-test_*}; do programs+=("$build"/tests/unit/$name); done
    for program in "${programs[@]}"; do
        case ${program##*/} in *.* | *'*') continue ;; esac
        output=$(timeout 120 "$program" 2>&1)
        code=$?
        good=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s).*/\1/p' <<<"$output" | paste -sd+)
        bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' <<<"$output" | paste -sd+)
        good=$((${good:-0})) bad=$((${bad:-0}))
        # A program that dies says nothing of its tests: that is a failure of its own.
        [ $code -eq 0 ] || [ $bad -gt 0 ] || bad=1
        [ $code -ne 0 ] || [ $good -gt 0 ] || { bad=1; echo "it ran no tests"; }
        if [ $bad -gt 0 ]; then
            echo "FAILED ${program##*/} (exit $code)"
            grep -v '^\[ RUN \|^\[       OK' <<<"$output" | tail -n 40
        fi
        passed=$((passed + good)) failed=$((failed + bad))
    done
    echo "$passed passed, $failed failed"
}
part_golden() { tests/golden.sh "$seg"; }
part_scenarios() {
    local passed=0 failed=0 folder output last library name natives
    for folder in $(find examples stdlib -name "*.seg" -printf '%h\n' | sort -u); do
        grep -qs '^ *test "' "$folder"/*.seg || continue
        natives=()
        if grep -qs '^native function' "$folder"/*.seg; then # its libraries are built here
            rm -rf "$build/natives"
            make -s -C "$folder" SEG_INCLUDE="$PWD/runtime" OUT="$build/natives" || failed=$((failed + 1))
            for library in "$build"/natives/lib*.so; do
                name=${library##*/lib}
                natives+=(--native "${name%.so}=$library")
            done
        fi
        output=$(NO_COLOR=1 timeout 120 "$seg" test "$folder" "${natives[@]}" 2>&1)
        last=$(tail -n 1 <<<"$output")
        if [[ $last =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
            passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
            [ "${BASH_REMATCH[2]}" = 0 ] || printf 'FAILED %s\n%s\n' "$folder" "$output"
        else
            failed=$((failed + 1))
            printf 'FAILED %s did not finish\n%s\n' "$folder" "$output"
        fi
    done
    echo "$passed passed, $failed failed"
}
part_acceptance() { python3 tests/acceptance/run.py "$seg"; }
part_docs() { python3 tests/docs/run.py "$seg" .; }
part_sql() { python3 tests/sql/check.py "$seg" .; }
part_arrow() { python3 tests/arrow/check.py "$build"; }
part_parquet() { python3 tests/parquet/check.py "$build"; }
part_oracle() { python3 tests/oracle/check.py "$seg"; }
part_zones() { python3 tests/zones/check.py "$seg"; }
part_conformance() { python3 tests/conformance/run.py "$seg"; }
part_laws() { tests/laws/run.sh "$build" "${LAWS:-quick}"; }
part_corpus() {
    local passed=0 failed=0 program name output
    for program in "$build"/tests/replay/*; do
        name=${program##*/}
        [ -x "$program" ] && [ -d "tests/fuzz/corpus/$name" ] || continue
        if output=$(timeout 120 "$program" "tests/fuzz/corpus/$name" 2>&1); then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            printf 'FAILED fuzz target %s over its corpus\n%s\n' "$name" "$(tail -n 30 <<<"$output")"
        fi
    done
    echo "$passed passed, $failed failed"
}
part_embed() { tests/embed.sh "$build"; }

# Sums the last line of the part's log; a part without one counts as one failure.
sum() {
    local part=$1 seconds=$2 last skipped=
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)? ]]; then
        passed_all=$((passed_all + BASH_REMATCH[1])) failed_all=$((failed_all + BASH_REMATCH[2]))
        skipped=${BASH_REMATCH[4]:-0}
        skipped_all=$((skipped_all + skipped))
        printf '%-10s %s  (%s s)\n' "$part" "$last" "$seconds"
        [ "$skipped" = 0 ] || grep '^SKIPPED' "$log" | sed 's/^/           /'
        grep '^waiting' "$log" | cut -d' ' -f2 | paste -sd' ' | sed '/./!d; s/^/           waiting: /'
        [ "${BASH_REMATCH[2]}" != 0 ] || return 0
    else
        failed_all=$((failed_all + 1))
        printf '%-10s did not finish  (%s s)\n' "$part" "$seconds"
    fi
    grep -v '^ok ' "$log" | tail -n 120 | sed 's/^/    /'
}

for part in "$@"; do
    declare -F "part_$part" >/dev/null || { echo "no such part: $part" >&2; exit 2; }
    start=$SECONDS
    "part_$part" >"$log" 2>&1
    sum "$part" $((SECONDS - start))
done
skipped=
[ $skipped_all -eq 0 ] || skipped=", $skipped_all skipped"
echo "$passed_all passed, $failed_all failed$skipped"
[ $failed_all -eq 0 ]
