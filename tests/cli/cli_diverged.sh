#!/bin/sh
# A run whose loss becomes infinite ends as `diverged` at its step; only final_loss is empty.
. tests/cli/lib.subr
[ -d /usr/share/datasets/fashion-mnist ] || { echo "dataset-fashion-mnist is not installed"; exit 77; }
"$THINWIRE" run tests/cli/scenarios/diverging.xml -q -o "$scratch/r"
[ "$(column "$scratch/r/points.csv" status | tr '\n' ' ')" = "diverged ok " ] ||
    fail "statuses are $(column "$scratch/r/points.csv" status | tr '\n' ' ')"
at=$(column "$scratch/r/points.csv" status_step | head -n 1)
[ "$at" -ge 1 ] && [ "$at" -le 20 ] || fail "status_step is '$at'"
[ "$(column "$scratch/r/points.csv" steps | head -n 1)" = "$at" ] || fail "steps are not up to status_step"
[ -z "$(column "$scratch/r/points.csv" final_loss | head -n 1)" ] || fail "a diverged run has a final loss"
[ -n "$(column "$scratch/r/points.csv" step_time_s | head -n 1)" ] || fail "a diverged run has no step time"
! grep -i nan "$scratch/r/points.csv" "$scratch/r/steps.csv" || fail "NaN in a CSV"
echo "diverged at step $at"
