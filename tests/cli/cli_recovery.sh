#!/bin/sh
# What goes wrong around a run does not spoil it: axes that change nothing for a method, two shards at
# once, a driver killed outright, damaged traces and damaged rows.
. tests/cli/lib.subr
small=tests/cli/scenarios/small.xml

# Dense has no ratio: its points at two ratios are one computation and two rows.
"$THINWIRE" run tests/cli/scenarios/equal-points.xml -q -o "$scratch/e" 2>/dev/null
[ "$(column "$scratch/e/points.csv" rho | tr '\n' ' ')" = "0.01 0.01 0.05 0.05 " ] ||
    fail "not a row per point: $(column "$scratch/e/points.csv" rho | tr '\n' ' ')"
[ "$(wc -l <"$scratch/e/cost.csv")" = 4 ] || fail "not one computation per key"

# Two shards of one folder at once: whoever ends last has all rows.
run() { "$THINWIRE" run "$small" -q --set nodes=3,4 --set executor=simgrid "$@" 2>/dev/null; }
run -o "$scratch/whole"
run -o "$scratch/two" -j 1 --shard 0/2 &
first=$!
run -o "$scratch/two" -j 1 --shard 1/2
wait "$first"
cmp "$scratch/whole/points.csv" "$scratch/two/points.csv" || fail "two shards at once lose rows"

# A driver killed outright takes its children along, and the same command goes on.
"$THINWIRE" run "$small" -q -j 2 --set executor=simgrid -o "$scratch/killed" 2>/dev/null &
pid=$!
tries=0
until [ -s "$scratch/killed/rows-0-of-1.jsonl" ] || [ "$tries" -gt 500 ]; do
    sleep 0.02
    tries=$((tries + 1))
done
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
run -o "$scratch/killed" || fail "no resuming after kill -9"

# A damaged trace is made again; a damaged row is named with file and line.
for trace in "$scratch"/two/cache/*.json; do
    head -c 100 "$trace" >"$scratch/cut" && cp "$scratch/cut" "$trace"
done
rm "$scratch"/two/rows-*.jsonl
run -o "$scratch/two" || fail "a damaged cache stops the run"
cmp "$scratch/whole/points.csv" "$scratch/two/points.csv" || fail "a damaged cache changes results"
sed -i 's/"step_time_s"/"step_time"/' "$scratch/two/rows-0-of-1.jsonl"
expect_status 1 "$THINWIRE" run "$small" -q -o "$scratch/two" --set nodes=3,4
grep -q 'rows-0-of-1.jsonl:1: error: .*step_time' "$scratch/err" ||
    { cat "$scratch/err"; fail "a damaged row is not named"; }
echo "recovered"
