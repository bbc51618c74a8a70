#!/usr/bin/env bash
# Shows seg at work on examples/completejourney. `make demo` runs it.
#
#   examples/demo.sh SEG
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 2; }
seg=$(realpath "$1")
cd "$(dirname "$0")/completejourney"
export PATH=${seg%/*}:$PATH
bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

say() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
# Shows the line as somebody would type it, then runs it.
show() {
    printf '$ %s\n' "$1"
    bash -o pipefail -c "$1"
}
events='--events events.ndjson.gz demographics.csv'

say "A year of a grocer's 2,377 households. Do the rules make sense?"
show "seg check"
say "Who is in which segment on the evening of 20 June 2017?"
show "seg run $events --at 2017-06-20T20:00 --quiet"
say "How did the year go?"
show "seg timeline $events --from 2017-01-01 --to 2017-12-31 --every 2w --quiet -s active -s loyal -s lapsing -s lost -s won_back"
say "Why is household 402 lapsing, and until when?"
show "seg explain lapsing 402 $events --at 2017-06-20T20:00 --quiet"
say "What changed last in the week up to 25 June? Some of it by events, some by time alone."
show "seg stream $events --until 2017-06-25 --quiet | grep '\"lapsing\"' | tail -n 8"
say "Do the rules do what their scenario tests say?"
show "seg test"
say "What to try next"
here=${seg#"$(cd ../.. && pwd)"/}
cat <<END
  change a rule in examples/completejourney/lifecycle.seg, and run make demo again
  $here check examples/completejourney --cost    what is remembered of each household, and why
  $here run examples/first --events examples/first/events.ndjson --at 2026-04-16T11:00Z --members
  $here help                                     every command; docs/tour.md takes ten minutes
END
