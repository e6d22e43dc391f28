#!/bin/sh
# A cluster that changes: half of the bandwidth, one flow beside the job's, a link that fails. A step is
# two messages of 0.5 MB each way; 0 to 1 has a quarter of 1 MB/s, so that a step takes 4 s.
. tests/cli/lib.subr
scenario=tests/cli/scenarios/unsteady.xml

# With a rate of 2 Mbps the flow beside takes 0.25 of the 0.5 MB/s that are left, as before; with 1 Mbps 0.125
# MB/s, and 0.5 MB at 0.375 MB/s twice are 2.667 s a step.
for rate in 2Mbps:8 1Mbps:5.333333333333333; do
    sed -e "s|to=\"1\"|& rate=\"${rate%:*}\"|" -e '/<failure/d' -e '/<retry/d' -e '/<sweep/d' "$scenario" >"$scratch/rate.xml"
    cp tests/cli/scenarios/half.csv "$scratch"
    expect_status 0 "$THINWIRE" run "$scratch/rate.xml" -q -o "$scratch/rate-$rate" --links
    close_to "$(column "$scratch/rate-$rate/points.csv" total_time_s)" "${rate#*:}" 1e-9 "rate $rate"
    grep -q '~' "$scratch/rate-$rate/links.csv" && fail "links.csv has the link of a rate"
done

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

# Broken at 3 s and again at 7 s, in the second attempt: once is what <retry> allows, and both are told.
sed -e 's|<retry|<failure host="node-1" at="7s" repair="1s"/>&|' "$scratch/repaired.xml" >"$scratch/twice.xml"
expect_status 1 "$THINWIRE" run "$scratch/twice.xml" -q -o "$scratch/w" --set at=3s
told='step 0: host node-1 failed at 7 s, .*begun anew 1 time of at most 1, behind link \*_0_UP at 3 s'
grep -q "$told; <retry times=\"2\"/>" "$scratch/err" || { cat "$scratch/err"; fail "retries used up are not told"; }
[ "$(column "$scratch/w/points.csv" status)" = failed_host ] || fail "the status is not failed_host"

# A rank alone loses its host, too: its second step of 1 s, broken at 1.5 s, is begun anew at 3 s.
sed -e 's/nodes="2"/nodes="1"/' -e '/<profile/d' -e '/<background/d' -e 's|<gradient|<compute forward="1s"/>&|' \
    -e 's|<failure.*|<failure host="node-0" at="1500ms" repair="$at"/>|' -e 's/"3s,1000s"/"1500ms"/' \
    "$scenario" >"$scratch/alone.xml"
expect_status 0 "$THINWIRE" run "$scratch/alone.xml" -q -o "$scratch/alone"
[ "$(column "$scratch/alone/points.csv" total_time_s)" = 4 ] || fail "a rank alone does not lose its host"
sed -i '/<retry/d' "$scratch/alone.xml"
expect_status 1 "$THINWIRE" run "$scratch/alone.xml" -q -o "$scratch/lost"
[ "$(column "$scratch/lost/points.csv" status)" = failed_host ] ||
    fail "a rank alone outlives its host"

# links.csv counts a step that is begun anew once; what broke has no links, joules and traces are refused.
"$THINWIRE" run "$scratch/repaired.xml" -q -o "$scratch/links" --links 2>"$scratch/err" || fail "$(cat "$scratch/err")"
awk -F, 'NR > 1 { sum[$1] += $4 } END { for (k in sum) { n++; if (sum[k] != first && n > 1) exit 1; first = sum[k] }
    exit n != 2 }' "$scratch/links/links.csv" || fail "a step begun anew counts twice in links.csv"
expect_status 1 "$THINWIRE" run "$scenario" -q -o "$scratch/links2" --links
[ "$(cut -d, -f1 "$scratch/links2/links.csv" | sort -u | wc -l)" = 2 ] || fail "links of a run that broke"
expect_status 1 "$THINWIRE" run "$scratch/repaired.xml" -q -o "$scratch/joules" --energy
grep -q 'joules are not counted where links or hosts fail; valid:' "$scratch/err" || fail "joules of what failed"
expect_status 1 "$THINWIRE" run "$scratch/repaired.xml" -q -o "$scratch/drawn" --trace perfetto
grep -q 'messages are not followed where links or hosts fail' "$scratch/err" || fail "a trace of what failed"

# Latencies, which senders wait for: 0.1 s up and down, up twice as long from 3 s on. A step is two rounds of
# (lat + 0.5 MB at 1 MB/s): 1.4 s, and from the third on, whose second round is posted at 3.5 s, 0.7 + 0.8 s.
printf 'time_s,factor\n3,2\n' >"$scratch/latency.csv"
sed -e 's/lat="0s"/lat="100ms"/' -e '/<profile/d' -e '/<background/d' -e '/<retry/d' -e 's/steps="2"/steps="4"/' \
    -e 's|<failure.*|<profile of="latency" link="*_UP" file="latency.csv"/>|' -e '/<sweep/d' \
    -e 's/executor="simgrid"/executor="simgrid" latency="sender"/' "$scenario" >"$scratch/latency.xml"
expect_status 0 "$THINWIRE" run "$scratch/latency.xml" -q -o "$scratch/latency"
[ "$(column "$scratch/latency/points.csv" total_time_s)" = 5.9 ] || close_to \
    "$(column "$scratch/latency/points.csv" total_time_s)" 5.9 1e-9 "latency that doubles"

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
