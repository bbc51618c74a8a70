#!/usr/bin/env bash
# Runs tests/golden/AREA/CASE/cmd with bash in the case's folder and compares what it prints (standard output
# and errors together) with `expected`, and its exit code with `exit` (0 when there is no such file).
#
#   tests/golden.sh SEG [AREA|AREA/CASE]...     UPDATE=1 writes what was found instead.
set -u
[ $# -ge 1 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2; }
SEG=$(realpath "$1") || exit 2
shift
export SEG NO_COLOR=1 LC_ALL=C.UTF-8 TZ=UTC
cd "$(dirname "$0")/golden" 2>/dev/null || { echo "no golden cases"; echo "0 passed, 0 failed"; exit 0; }
found=$(mktemp)
trap 'rm -f "$found"' EXIT
passed=0 failed=0

run_case() {
    local folder=$1 code wanted=0
    (cd "$folder" && timeout 60 bash ./cmd) >"$found" 2>&1 </dev/null
    code=$?
    if [ "${UPDATE:-}" = 1 ]; then
        cmp -s "$found" "$folder/expected" || { cp "$found" "$folder/expected"; echo "wrote $folder/expected"; }
        if [ $code -eq 0 ]; then rm -f "$folder/exit"; else echo $code >"$folder/exit"; fi
        passed=$((passed + 1))
        return
    fi
    [ ! -f "$folder/exit" ] || wanted=$(<"$folder/exit")
    if cmp -s "$found" "$folder/expected" && [ $code -eq "$wanted" ]; then
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
    echo "FAILED golden/$folder (exit $code, expected $wanted)"
    diff -u --label expected --label found "$folder/expected" "$found" | head -n 60
}

for script in */*/cmd; do
    [ -f "$script" ] || continue
    folder=${script%/cmd}
    if [ $# -gt 0 ]; then
        wanted_here=no
        for area in "$@"; do case $folder in "$area" | "$area"/*) wanted_here=yes ;; esac; done
        [ $wanted_here = yes ] || continue
    fi
    run_case "$folder"
done
# Every diagnostic has a case that shows it.
if [ $# -eq 0 ]; then
    for code in $(grep -oE '"[EW][0-9]{4}"' ../../grammar/diag.def | tr -d '"'); do
        if grep -qs "\[$code\]" "codes/$code/expected"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAILED no case in golden/codes shows $code"
        fi
    done
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
