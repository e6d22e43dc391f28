#!/bin/sh
# run --record: what is read back is what was given. Feedback none makes what is compressed a pure
# function of the gradients, so the recorded run must show the trained run's norms (17 digits) and
# bytes (Rice-coded indices: they depend on every bit of the selection) at every step.
. tests/cli/lib.subr
for precision in fp32 fp64; do
    for form in npy safetensors; do
        d="$scratch/$precision-$form"
        mkdir "$d"
        extra=''
        [ $form = npy ] && extra='layout="rec/layout.csv"'
        cat >"$d/trained.xml" <<EOF
<scenario version="1.0" id="trained">
  <description>Which gradients does it give?</description>
  <platform><cluster nodes="4" bw="1Gbps" lat="25us"/></platform>
  <workload steps="5" precision="$precision" evaluate="1">
    <objective type="quadratic" dimension="600" columns="20" noise="0.1"/>
    <optimizer type="sgd" rate="0.01"/>
  </workload>
  <method id="topk"><compressor type="topk" ratio="0.1" index="rice"/><feedback type="none"/></method>
  <method id="half"><compressor type="topk" ratio="0.5" index="rice"/><feedback type="none"/></method>
  <sweep><axis name="method" values="topk,half"/></sweep>
</scenario>
EOF
        cat >"$d/read.xml" <<EOF
<scenario version="1.0" id="read">
  <description>Are they the same when read back?</description>
  <platform><cluster nodes="4" bw="1Gbps" lat="25us"/></platform>
  <workload steps="5" precision="$precision" evaluate="1">
    <gradient source="recorded" file="rec/gradients.$form" $extra/>
  </workload>
  <method id="topk"><compressor type="topk" ratio="0.1" index="rice"/><feedback type="none"/></method>
</scenario>
EOF
        "$THINWIRE" run "$d/trained.xml" -q -o "$d/t" --set method=topk --record "$d/rec" --record-as $form
        "$THINWIRE" run "$d/read.xml" -q -o "$d/r"
        for name in step gradient_norm2 sent_B_per_rank step_time_s; do
            column "$d/t/steps.csv" $name | sed -n 1,5p >"$scratch/a"
            column "$d/r/steps.csv" $name | sed -n 1,5p >"$scratch/b"
            [ "$(wc -l <"$scratch/a")" = 5 ] || fail "$(wc -l <"$scratch/a") steps"
            cmp -s "$scratch/a" "$scratch/b" || fail "$precision $form: $name differs"
        done
        [ "$(column "$d/r/points.csv" data_source)" = recorded ] || fail "data_source"
        [ -z "$(find "$d/rec" -name '*tmp*')" ] || fail "a temporary file stays"
    done
done
d="$scratch/fp32-npy"
[ "$(column "$d/t/steps.csv" gradient_norm2 | sort -u | wc -l)" -gt 3 ] || fail "the norms do not move"

# An option younger than published results leaves keys alone until it is used.
key=$(column "$d/r/points.csv" key)
sed 's/file=/per_rank="no" file=/' "$d/read.xml" >"$d/no.xml"
"$THINWIRE" run "$d/no.xml" -q -o "$d/no"
[ "$(column "$d/no/points.csv" key)" = "$key" ] || fail "per_rank=no moves the key"

expect_status 2 "$THINWIRE" run "$d/trained.xml" -q -o "$d/x" --record "$d/two"
grep -q '2 data-plane runs' "$scratch/err" || fail "two runs are not told"
[ ! -e "$d/two" ] || fail "something was recorded of two runs"
sed -e 's/rate="0.01"/rate="1e30"/' "$d/trained.xml" >"$d/wild.xml"
expect_status 1 "$THINWIRE" run "$d/wild.xml" -q -o "$d/y" --set method=topk --record "$d/wild"
grep -q 'nothing is kept' "$scratch/err" || fail "a diverged run: $(cat "$scratch/err")"
[ ! -e "$d/wild/gradients.npy" ] || fail "half a recording is kept"
sed -e 's/<objective.*/<gradient source="sizes" model="resnet18"\/>/' -e 's/evaluate="1"//' \
    -e 's/type="topk" ratio="0..*" index="rice"/type="none"/' "$d/trained.xml" >"$d/sizes.xml"
expect_status 1 "$THINWIRE" run "$d/sizes.xml" -q -o "$d/z" --set method=topk --record "$d/sizes"
grep -q 'no gradients to record' "$scratch/err" || fail "sizes: $(cat "$scratch/err")"
expect_status 2 "$THINWIRE" run "$d/read.xml" --record-as csv
grep -q 'npy or safetensors' "$scratch/err" || fail "--record-as csv"
echo "recordings of 2 precisions in 2 forms read back to the bit"
