#!/bin/sh
# Steps whose exchanges run beside the backward, from a scenario: both executors agree, nothing is slower
# than blocking, and the times are those that a table of layers gives by hand.
. tests/cli/lib.subr
scenario=tests/cli/scenarios/overlap.xml
"$THINWIRE" run $scenario -q -o "$scratch/run" 2>"$scratch/err" || fail "$(cat "$scratch/err")"
# shellcheck disable=SC2046 # one number per word
set -- $(column "$scratch/run/points.csv" step_time_s)
[ $# = 12 ] || fail "$# points instead of 12"
# Rows: executor, bucket, overlap. Compute 111 ms in all; the ring of 25557032 values takes
# 2·3·(10 us + 25557032/4·4·.8 ns) = 122.73 ms: blocking 233.7 ms whatever the buckets (some latency more).
echo "$@" | awk '{
    for (i = 1; i <= 6; i++)
        if ($i - $(i + 6) > 1e-9 * $i || $(i + 6) - $i > 1e-9 * $i) exit 1
    for (i = 1; i <= 5; i += 2)
        if ($i < .2337 || $i > .2355) exit 2
    # megatron: one bucket of all is made when the backward is over
    if ($6 < $5 - 1e-12 || $6 > $5 + 1e-12) exit 3
    # ddp: the first bucket, fc (2049000 values), is made .037 + .002 s behind the begin and exchanged in .0098;
    # layer4 is made at .055, and has the network busy to the end: 2·3/4·4·23508032 B at .8 ns are .11284 s, and
    # 60 us for each of the 4 buckets left; 17 blocks are left with fsdp
    if ($2 - (.055 + .11283855360 + 4 * 60e-6) > 1e-9 || (.055 + .11283855360 + 4 * 60e-6) - $2 > 1e-9) exit 4
    if ($4 - (.055 + .11283855360 + 17 * 60e-6) > 1e-9 || (.055 + .11283855360 + 17 * 60e-6) - $4 > 1e-9) exit 5
}' || fail "times ($?): $*"
for part in compute_s compress_s exposed_s wait_s step_time_s; do
    column "$scratch/run/points.csv" $part >"$scratch/$part"
done
paste "$scratch/compute_s" "$scratch/compress_s" "$scratch/exposed_s" "$scratch/wait_s" "$scratch/step_time_s" |
    awk '{ d = $1 + $2 + $3 + $4 - $5; if (d > 1e-12 || d < -1e-12) exit 1 }' || fail "shares are not the step"

# Twice as slow behind the first bucket; three micro-batches compute three times and exchange once.
step() {
    "$THINWIRE" run $scenario -q -o "$scratch/$1" --set executor=maxplus --set bucket=megatron \
        --set overlap="$2" --set slowdown="$3" --set micro="$4" 2>"$scratch/err" || fail "$(cat "$scratch/err")"
    column "$scratch/$1/points.csv" step_time_s
}
one=$(step one no 1 1) three=$(step three no 1 3)
echo "$one $three" | awk '{ d = $2 - $1 - 2 * .111; exit !(d < 1e-9 && d > -1e-9) }' ||
    fail "three micro-batches: $three, one: $one"

cp $scenario "$scratch/bad.xml"
printf 'name,forward_s,backward_s\nconv1,1e-3,2e-3\nconv1,1e-3,x\n' >"$scratch/overlap-layers.csv"
expect_status 2 "$THINWIRE" check "$scratch/bad.xml"
grep -q 'overlap-layers.csv:3: error: the seconds of a layer are numbers' "$scratch/err" || fail "no line of the table"
printf 'name,forward_s,backward_s\nconv1,1e-3,2e-3\n' >"$scratch/overlap-layers.csv"
# A mistake of the files, told at the method's line before anything runs.
expect_status 2 "$THINWIRE" run "$scratch/bad.xml" -q -o "$scratch/bad" --set overlap=bucket --set bucket=ddp
line=$(grep -n '<method' "$scratch/bad.xml" | head -n 1 | cut -d: -f1)
grep -q "bad.xml:$line: error: .*no layer of the table has the tensor" "$scratch/err" ||
    fail "a tensor without a layer was priced: $(cat "$scratch/err")"
[ ! -e "$scratch/bad" ] || fail "something ran although the file is wrong"

# Two tenths of a TFLOP in 8 samples at 1 Tf/s are .2 s forward and .4 s backward.
cat >"$scratch/device.xml" <<'END'
<device id="gpu" source="by hand" flops="1Tf">
  <kernel name="copy"><size elements="1" per_element="0s"/></kernel>
  <kernel name="add"><size elements="1" per_element="0s"/></kernel>
  <kernel name="update"><size elements="1" per_element="0s"/></kernel>
</device>
END
sed -e 's/layers="[^"]*"/flops="25Gf"/' -e '/name="layers"/d' -e 's|<workload|<device file="device.xml"/>&|' \
    $scenario >"$scratch/flops.xml"
expect_status 0 "$THINWIRE" run "$scratch/flops.xml" -q -o "$scratch/flops" --set executor=maxplus --set overlap=no
column "$scratch/flops/points.csv" compute_s | awk '{ d = $1 - .6; if (d > 1e-9 || d < -1e-9) exit 1 }' ||
    fail "seconds from operations"
sed -i 's/ flops="1Tf"//' "$scratch/device.xml"
expect_status 2 "$THINWIRE" check "$scratch/flops.xml"
grep -q "does not say how many operations" "$scratch/err" || fail "a device of unknown speed was taken"
# ARC-Top-K: rows are executor, island, overlap, fused or serial. Executors agree; less time overlapped. llama-60m
# has 58 matrices, in 5 buckets here: fused, 5·2 rings of 14 messages; serial, a ring per sketch and 5 of values.
"$THINWIRE" run tests/cli/scenarios/overlap-phases.xml -q -o "$scratch/phases" 2>"$scratch/err" ||
    fail "$(cat "$scratch/err")"
column "$scratch/phases/points.csv" step_time_s | awk '{ t[NR] = $1 } END {
    for (i = 1; i <= 8; i++)
        if (t[i] - t[i + 8] > 1e-9 * t[i] || t[i + 8] - t[i] > 1e-9 * t[i]) exit 1
    for (i = 1; i <= 6; i++)
        if ((i - 1) % 4 < 2 && t[i + 2] >= t[i]) exit 2
    if (t[2] <= t[1] || t[4] <= t[3]) exit 3
}' || fail "phases ($?)"
# shellcheck disable=SC2046 # one number per word
set -- $(column "$scratch/phases/points.csv" messages_per_rank)
[ "$1 $2 $3 $4" = "140 882 140 882" ] || fail "messages: $*"

echo "overlapped, blocking and accumulated as by hand"
