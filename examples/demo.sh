#!/usr/bin/env bash
# Shows seg at work on examples/completejourney. `make demo` runs it.
#
#   examples/demo.sh SEG
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2; }
seg=$(realpath "$1")
cd "$(dirname "$0")/.."
rules=examples/completejourney
facts=("$rules/events.ndjson.gz" "$rules/demographics.csv")
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

head_line() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
# Shows the command as somebody would type it, then runs it.
show() { printf '$ seg %s\n' "$*" && "$seg" "$@"; }

head_line "A year of a grocer's 2,377 households: do the rules make sense?"
show check "$rules"

head_line "Who is in which segment on the evening of 30 September 2017?"
show run "$rules" --events "${facts[@]}" --at 2017-09-30T20:00 --quiet

head_line "Why is household 1228 where it is?"
show explain "$rules" lapsing 1228 --events "${facts[@]}" --at 2017-09-30T20:00 --quiet

head_line "What changes hour by hour? The last of a week: events, and time alone."
printf '$ seg stream %s --events %s --until 2017-06-25 |\n    grep -E "last_chance|lapsing" | tail -n 8\n' \
    "$rules" "${facts[*]}"
"$seg" stream "$rules" --events "${facts[@]}" --until 2017-06-25 --quiet |
    grep -E '"(last_chance|lapsing)"' | tail -n 8

head_line "And the scenario tests, which say what the rules must do:"
show test "$rules"

head_line "What to try next"
cat <<END
  your editor on $rules/lifecycle.seg            change a rule, then run this again
  ${seg#"$PWD/"} check $rules --cost     what each profile must remember, and why
  ${seg#"$PWD/"} run examples/first --events examples/first/events.ndjson --at 2026-04-16T10:00Z --members
  ${seg#"$PWD/"} help                                 everything else; docs/language.md is the ten-minute tour
END
