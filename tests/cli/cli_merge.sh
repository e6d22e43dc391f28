#!/bin/sh
# Shards that ran in folders of their own merge to the bytes of one run; missing points are named with
# exit status 3 and can be run; rows that contradict and folders of other points are refused.
. tests/cli/lib.subr
for scenario in small tuning; do
    file=tests/cli/scenarios/$scenario.xml
    only='true()'
    [ $scenario = small ] && only='$nodes < 4 and $bw < 2e7'
    "$THINWIRE" run $file -q -o "$scratch/$scenario" --only "$only" 2>/dev/null
    for shard in 0 1 2; do
        "$THINWIRE" run $file -q -o "$scratch/$scenario$shard" --shard $shard/3 --only "$only" 2>/dev/null
    done
    expect_status 0 "$THINWIRE" merge "$scratch/${scenario}2" "$scratch/${scenario}0" \
        "$scratch/${scenario}1" -o "$scratch/$scenario-merged"
    for csv in points steps; do
        cmp "$scratch/$scenario/$csv.csv" "$scratch/$scenario-merged/$csv.csv" || fail "$csv.csv differs"
    done
done
cmp "$scratch/tuning/tuning.csv" "$scratch/tuning-merged/tuning.csv" || fail "tuning.csv differs"
grep -q merged_from "$scratch/tuning-merged/manifest.json" || fail "the manifest does not say so"
"$THINWIRE" compare "$scratch/tuning-merged" >"$scratch/out" || fail "a merged folder is no results folder"

expect_status 3 "$THINWIRE" merge "$scratch/small0" "$scratch/small2" -o "$scratch/part"
missing=$(grep -c 'is missing: key' "$scratch/err")
kept=$(($(wc -l <"$scratch/part/points.csv") - 1))
[ "$missing" = 5 ] && [ "$kept" = 11 ] || fail "$missing missing and $kept kept of 16 points"
"$THINWIRE" run tests/cli/scenarios/small.xml -q -o "$scratch/part" --only '$nodes < 4 and $bw < 2e7' 2>/dev/null
cmp "$scratch/small/points.csv" "$scratch/part/points.csv" || fail "the rest was not run to the same bytes"

expect_status 2 "$THINWIRE" merge "$scratch/small0" "$scratch/tuning0" -o "$scratch/x"
grep -q 'other points than the first folder (16 there, 12 here)' "$scratch/err" || fail "other points"
[ ! -e "$scratch/x" ] || fail "something was written all the same"
expect_status 2 "$THINWIRE" merge "$scratch/nothing" -o "$scratch/x"
expect_status 2 "$THINWIRE" merge "$scratch/small0"
cp -r "$scratch/small0" "$scratch/other"
sed -e 's/"step_time_s":0/"step_time_s":7/' "$scratch/small0/rows-0-of-3.jsonl" >"$scratch/other/rows-0-of-3.jsonl"
expect_status 1 "$THINWIRE" merge "$scratch/small0" "$scratch/other" -o "$scratch/x"
grep -q 'two rows of key .* differ in point.step_time_s' "$scratch/err" || fail "contradicting rows"
echo "merged to the same bytes"
