#!/bin/sh
# Seconds of kernels measured while they run: the numbers and the bytes are those of a run that prices a
# profile, seconds are positive and are not the profile's, a second run keeps the rows of the first; and seconds
# of layers from a recorded profile beside them.
. tests/cli/lib.subr
cat >"$scratch/d.xml" <<'END'
<device id="d" source="by hand: 1 ms an element">
  <kernel name="copy"><size elements="1" per_element="1ms"/></kernel>
  <kernel name="add"><size elements="1" per_element="1ms"/></kernel>
  <kernel name="select"><size elements="1" per_element="1ms"/></kernel>
  <kernel name="pack"><size elements="1" per_element="1ms"/></kernel>
  <kernel name="scatter"><size elements="1" per_element="1ms"/></kernel>
  <kernel name="update"><size elements="1" per_element="1ms"/></kernel>
</device>
END
printf 'name,forward_s,backward_s\na,0.001,0.002\nb,0.003,0.005\n' >"$scratch/layers.csv"
cat >"$scratch/s.xml" <<'END'
<scenario id="measured">
  <platform><cluster nodes="4" bw="$bw" lat="10us"/></platform>
  <device file="d.xml" time="$time"/>
  <workload steps="4" evaluate="2">
    <compute layers="layers.csv"/>
    <objective type="quadratic" dimension="2000"/>
    <optimizer type="sgd" rate="0.1"/>
  </workload>
  <method id="topk"><compressor type="topk" ratio="0.1"/><feedback type="ef14"/>
    <collective operation="allgather" algorithm="ring"/></method>
  <sweep><axis name="time" values="model,measured"/><axis name="bw" values="1Gbps,10Gbps"/></sweep>
</scenario>
END
sed -i 's|<objective type="quadratic" dimension="2000"/>|<objective type="quadratic" dimension="2000"/>|' "$scratch/s.xml"
run() {
    "$THINWIRE" run "$scratch/s.xml" -q -o "$scratch/r" "$@" 2>"$scratch/err" || { cat "$scratch/err"; fail "run"; }
}
run -j1
csv=$scratch/r/points.csv
grep -q 'measured in 2 points, on this machine' "$scratch/err" || fail "no word of what was measured"
[ "$(column "$csv" compute_source | tr '\n' ' ')" = "model model measured measured " ] || fail "compute_source"
# What the data plane found is one value over all four points.
for name in final_loss final_distance sent_B_per_rank memory_B_per_rank; do
    [ "$(column "$csv" $name | sort -u | wc -l)" = 1 ] || fail "$name: $(column "$csv" $name)"
done
for name in loss distance gradient_norm2; do
    column "$scratch/r/steps.csv" $name | paste - - - | sort -u | wc -l | grep -qx 1 || fail "$name of steps"
done
# By the profile 1 ms a value: 2000 added, searched and scattered, 200 packed, 200 taken from the memory again.
# Measured they are above the clock's unit for each, and below .5 s. Both networks have the same seconds, for they share the trace. Layers: 11 ms; the
# update of 2000 values is in compute_s.
column "$csv" compress_s | paste -s - | awk '
    { exit !($1 > 6.3 && $1 < 6.5 && $1 == $2 && $3 > 1e-8 && $3 < .5 && $4 > $3 * (1 - 1e-9) && $4 < $3 * (1 + 1e-9)) }' ||
    fail "seconds of kernels: $(column "$csv" compress_s)"
column "$csv" compute_s | paste -s - | awk '{ d = $1 - 2.011; exit !(d * d < 1e-18 && $3 > .011 && $3 < .1) }' ||
    fail "seconds of layers and update: $(column "$csv" compute_s)"
for part in compute_s compress_s exposed_s wait_s step_time_s; do
    column "$csv" $part >"$scratch/$part"
done
paste "$scratch/compute_s" "$scratch/compress_s" "$scratch/exposed_s" "$scratch/wait_s" "$scratch/step_time_s" |
    awk '{ d = ($1 + $2 + $3 + $4 - $5) / $5; if (d > 1e-12 || d < -1e-12) exit 1 }' || fail "shares are not the step"

# What is measured is kept: the rows of the first run, and its trace for another network.
cp "$csv" "$scratch/first.csv"
run
cmp -s "$csv" "$scratch/first.csv" || fail "a second run changed what was measured"
run --set bw=100Gbps --set time=measured
close_to "$(column "$csv" compress_s)" "$(column "$scratch/first.csv" compress_s | tail -1)" 1e-9 "another network"
"$THINWIRE" report "$scratch/r" >/dev/null 2>"$scratch/err" || fail "$(cat "$scratch/err")"
grep -q 'processor time of the machine' "$scratch/r/report.html" || fail "the report does not say what was measured"

# No seconds are foretold, and what cannot be measured is refused.
"$THINWIRE" plan "$scratch/s.xml" --set time=measured --set bw=1Gbps >"$scratch/out" 2>"$scratch/err" ||
    fail "$(cat "$scratch/err")"
sed 's|<method id="topk">|<method id="topk" island="2"><sharding stage="zero1"/>|' "$scratch/s.xml" >"$scratch/bad.xml"
sed -i 's| island="2"||' "$scratch/bad.xml"
expect_status 2 "$THINWIRE" check "$scratch/bad.xml" --set time=measured
grep -q 'bad.xml:[0-9]*: error: .*time="measured" cannot be had: of a sharded update' "$scratch/err" ||
    fail "$(cat "$scratch/err")"
grep -q 'hint: .*time="model"' "$scratch/err" || fail "no hint"
echo "measured: the numbers of the profile's run, seconds of this machine's"
