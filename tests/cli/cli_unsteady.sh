#!/bin/sh
# A cluster that changes: half of the bandwidth, one flow beside the job's, a link that fails. A step is
# two messages of 0.5 MB each way; 0 to 1 has a quarter of 1 MB/s, so that a step takes 4 s.
. tests/cli/lib.subr
scenario=tests/cli/scenarios/unsteady.xml

# Never repaired: a row with a status and without numbers, the point named, exit 1; also when resumed.
for run in first resumed; do
    expect_status 1 "$THINWIRE" run "$scenario" -q -o "$scratch/r"
    [ "$(column "$scratch/r/points.csv" status | tr '\n' ' ')" = "failed_link ok " ] ||
        fail "$run: the statuses are wrong"
    [ "$(column "$scratch/r/points.csv" status_step | head -n 1)" = 0 ] || fail "$run: no step"
    [ -z "$(column "$scratch/r/points.csv" step_time_s | head -n 1)" ] || fail "$run: a number"
    [ "$(column "$scratch/r/points.csv" step_time_s | tail -n 1)" = 4 ] || fail "$run: not 4 s"
    grep -q 'point 0 (method=dense at=3s.*link \*_0_UP failed at 3 s.*never repaired' "$scratch/err" ||
        { cat "$scratch/err"; fail "$run: the failed point is not named"; }
done

# Repaired after 1 s: the first step is begun anew at 4 s and ends at 8 s, the second at 12 s.
sed -e 's/at="$at"/at="$at" repair="1s"/' "$scenario" >"$scratch/repaired.xml"
cp tests/cli/scenarios/half.csv "$scratch"
expect_status 0 "$THINWIRE" run "$scratch/repaired.xml" -q -o "$scratch/s"
[ "$(column "$scratch/s/points.csv" total_time_s | tr '\n' ' ')" = "12 8 " ] ||
    fail "the retried step has another price"

# What cannot be priced is refused by name.
sed -e 's/executor="simgrid"/executor="maxplus"/' "$scratch/repaired.xml" >"$scratch/maxplus.xml"
expect_status 2 "$THINWIRE" check "$scratch/maxplus.xml"
grep -q 'do not change with time' "$scratch/err" || fail "maxplus does not refuse by name"
echo 'time_s,factor
0,0' >"$scratch/half.csv"
expect_status 2 "$THINWIRE" check "$scratch/repaired.xml"
grep -q 'half.csv:2: error: profile: a factor is above 0' "$scratch/err" ||
    { cat "$scratch/err"; fail "a factor of 0 is not refused"; }
echo "clusters that change are priced, and break by name"
