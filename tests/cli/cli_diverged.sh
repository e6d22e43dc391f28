#!/bin/sh
# A run whose loss or gradient becomes infinite ends as `diverged` at its step, whatever the
# compressor; final_loss alone is empty, and no CSV holds a NaN.
. tests/cli/lib.subr
[ -d /usr/share/datasets/fashion-mnist ] || { echo "dataset-fashion-mnist is not installed"; exit 77; }
"$THINWIRE" run tests/cli/scenarios/diverging.xml -q -o "$scratch/r"
[ "$(column "$scratch/r/points.csv" status | tr '\n' ' ')" = "diverged diverged diverged ok ok ok " ] ||
    fail "statuses are $(column "$scratch/r/points.csv" status | tr '\n' ' ')"
for row in 1 2 3; do
    at=$(column "$scratch/r/points.csv" status_step | sed -n "${row}p")
    [ "$at" -ge 1 ] && [ "$at" -le 20 ] || fail "row $row: status_step is '$at'"
    [ "$(column "$scratch/r/points.csv" steps | sed -n "${row}p")" = "$at" ] ||
        fail "row $row: steps are not up to status_step"
    [ -z "$(column "$scratch/r/points.csv" final_loss | sed -n "${row}p")" ] ||
        fail "row $row: a diverged run has a final loss"
    [ -n "$(column "$scratch/r/points.csv" step_time_s | sed -n "${row}p")" ] ||
        fail "row $row: a diverged run has no step time"
done
! grep -i nan "$scratch/r/points.csv" "$scratch/r/steps.csv" || fail "NaN in a CSV"
echo "diverged at steps $(column "$scratch/r/points.csv" status_step | tr '\n' ' ')"
