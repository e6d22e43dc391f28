#!/bin/sh
# Same points, same bytes: -j 1, -j 2, in two shards, and interrupted and resumed.
. tests/cli/lib.subr
run() { "$THINWIRE" run tests/cli/scenarios/small.xml -q --set nodes=3,4 --set executor=simgrid "$@"; }

run -o "$scratch/a" -j 1
run -o "$scratch/b" -j 2
run -o "$scratch/c" -j 2 --only "\$method = 'topk'" || true
run -o "$scratch/c" -j 1
run -o "$scratch/d" -j 1 --shard 1/2
run -o "$scratch/d" -j 1 --shard 0/2
for other in b c d; do
    for file in points.csv steps.csv; do
        cmp "$scratch/a/$file" "$scratch/$other/$file" || fail "$file of run $other differs"
    done
done
rows=$(($(wc -l <"$scratch/a/points.csv") - 1))
[ "$rows" = 48 ] || fail "$rows rows, not 2 nodes x 3 bandwidths x 4 methods x 2 repetitions = 48"

# A run that has everything starts nothing: the rows file does not grow.
before=$(cat "$scratch"/a/rows-*.jsonl | wc -l)
run -o "$scratch/a" -j 1
[ "$before" = "$(cat "$scratch"/a/rows-*.jsonl | wc -l)" ] || fail "a finished run ran again"
echo "48 rows, four ways, byte for byte the same"
