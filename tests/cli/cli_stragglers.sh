#!/bin/sh
# Slow hosts and links, and compute that jitters, from a scenario. A step is 1 s of forward and 6 steps of
# a ring with 2 ms of latency and 1 MB at 1 MB/s: 7.012 s.
. tests/cli/lib.subr

# scenario CHANGES EXECUTOR COMPUTE STEPS [VALUES]
scenario() {
    cat >"$scratch/s.xml" <<END
<scenario id="s">
  <platform><cluster nodes="4" bw="8Mbps" lat="1ms"/>
    $1</platform>
  <network executor="$2"/>
  <workload steps="$4"><compute forward="1s" $3/>
    <gradient source="synthetic" dimension="${5:-1000000}"/><optimizer type="sgd" rate="0.1"/></workload>
  <method id="m"><compressor type="none"/><collective operation="allreduce" algorithm="ring"/></method>
</scenario>
END
    rm -rf "$scratch/r"
    expect_status 0 "$THINWIRE" run -q "$scratch/s.xml" -o "$scratch/r"
}
# near COLUMN VALUE TOLERANCE
near() {
    column "$scratch/r/points.csv" "$1" | awk -v want="$2" -v by="$3" '
        { off = $1 - want; if (off < 0) off = -off; if (off > by) exit 1 }' ||
        fail "$1 is $(column "$scratch/r/points.csv" "$1"), not $2"
}

# Twice as long in 2 of 4 steps; the three others wait a second in each.
for executor in simgrid maxplus; do
    scenario '<straggler host="node-1" steps="2-3" factor="2"/>' "$executor" '' 4
    near step_time_s 7.512 1e-9
    near compute_s 1.125 1e-9
done
# A link of half the bandwidth: the six steps take 2.002 s each.
scenario '<straggler link="*_1_UP" steps="2-3" factor="2"/>' simgrid '' 4
near step_time_s 10.012 1e-9
near compute_s 1 1e-12

# 200 steps of 4 ranks, cv .2: the mean within 5 · .2/28; the same numbers twice, others of other kinds.
for kind in lognormal gamma uniform; do
    scenario '' maxplus "jitter=\"$kind\" cv=\"0.2\"" 200 1000
    near compute_s 1 0.036
    column "$scratch/r/points.csv" total_time_s >"$scratch/$kind"
    scenario '' maxplus "jitter=\"$kind\" cv=\"0.2\"" 200 1000
    column "$scratch/r/points.csv" total_time_s | cmp -s - "$scratch/$kind" || fail "$kind is not repeated"
done
cmp -s "$scratch/gamma" "$scratch/uniform" && fail "gamma and uniform are one"
# Random stragglers: a quarter of the cases four times as long: 1 + .25 · 3, within 5 · 1.3/28.
scenario '<straggler host="*" probability="0.25" factor="4" cv="0.3"/>' maxplus '' 200 1000
near compute_s 1.75 0.23

sed -i 's/<straggler.*/<straggler host="node-1" steps="5-3" factor="0.5"\/><\/platform>/' "$scratch/s.xml"
expect_status 2 "$THINWIRE" check "$scratch/s.xml"
grep -q "s.xml:3: error: straggler: attribute steps: '5-3' is no range" "$scratch/err" || fail "5-3 is a range"
grep -q "s.xml:3: error: straggler: attribute factor: '0.5'" "$scratch/err" || fail "a factor below 1"
echo "stragglers and jitter are priced from scenarios"
