#!/bin/sh
# A point that SimGrid aborts on, or that runs out of time, leaves the others whole, is named with
# SimGrid's own message, and the exit status is 1.
. tests/cli/lib.subr
expect_status 1 "$THINWIRE" run tests/cli/scenarios/broken-platform.xml -q -o "$scratch/r"
[ "$(column "$scratch/r/points.csv" status)" = ok ] || fail "the good point has no row"
grep -q 'point 1 (method=dense platform=broken-links.xml' "$scratch/err" ||
    { cat "$scratch/err"; fail "the failed point is not named"; }
grep -q 'no-such-link' "$scratch/err" || { cat "$scratch/err"; fail "SimGrid's message is lost"; }
[ "$(wc -l <"$scratch/r/failed.jsonl")" = 1 ] || fail "failed.jsonl has not one line"

expect_status 1 "$THINWIRE" run tests/cli/scenarios/small.xml -q -o "$scratch/t" --timeout 3 \
    --set nodes=4,20000 --set bw=1Gbps --set executor=simgrid --only "\$method = 'dense'"
grep -q 'nodes=20000.*time limit exceeded' "$scratch/err" ||
    { cat "$scratch/err"; fail "the timeout is not named"; }
[ "$(column "$scratch/t/points.csv" nodes | sort -u)" = 4 ] || fail "the quick points are not kept"
echo "failures are named and contained"
