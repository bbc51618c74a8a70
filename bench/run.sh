#!/usr/bin/env bash
# bench/run.sh BUILD: runs the benchmark and writes BUILD/bench.json, BUILD/sweep.json and BUILD/growth.svg.
# The retail data may not be passed on: where it is not beside the repository, the households stand in.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")/.." && pwd)
data=${SEG_SHARED_DATA:-$here/../shared/data}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -r "$data/sets/online_retail.ndjson.gz" ]; then
  echo "events: online retail"
  zcat "$data/sets/online_retail.ndjson.gz" >"$scratch/events.ndjson"
  cat "$here"/tests/oracle/retail/*.seg >"$scratch/rules.seg"
else
  echo "events: the households of examples/completejourney (the retail data is not here)"
  zcat "$here/examples/completejourney/events.ndjson.gz" >"$scratch/events.ndjson"
  cat "$here"/examples/completejourney/*.seg >"$scratch/rules.seg"
fi
# What is made is put in its place when it is whole, so that an interrupted run leaves nothing half-written.
"$build/bench/bench" "$build/bench.json.new" "$scratch/events.ndjson" "$scratch/rules.seg"
mv "$build/bench.json.new" "$build/bench.json"
python3 "$here/bench/peers/run.py" "$build"
"$build/bench/sweep" "$build/sweep.json.new"
mv "$build/sweep.json.new" "$build/sweep.json"
python3 "$here/bench/plot.py" "$build/sweep.json" >"$build/growth.svg.new"
mv "$build/growth.svg.new" "$build/growth.svg"
echo "how cost grows: $build/growth.svg"
python3 "$here/bench/names.py" "$build/bench.json" "$here/docs/performance.md"
