#!/bin/sh
# Every scenario that ships passes `check` and `plan`, and a run's data are as the contract says.
. tests/cli/lib.subr
[ -d /usr/share/datasets/fashion-mnist ] || { echo "dataset-fashion-mnist is not installed"; exit 77; }
[ -f /usr/share/info/jargon.info.gz ] || { echo "jargon is not installed"; exit 77; }
for file in scenarios/*.xml; do
    expect_status 0 "$THINWIRE" check "$file"
done
expect_status 0 "$THINWIRE" plan scenarios/arc-vs-allgather.xml --set bw=1Gbps --set nodes=4 --set rho_gather=0.0044
grep -q 'sent_B_per_rank' "$scratch/out" || fail "plan predicts no bytes"
"$THINWIRE" schema >"$scratch/schema"
cmp "$scratch/schema" scenarios/scenario.xsd || fail "the printed schema is not the shipped one"
for family in compressors feedbacks optimizers workloads collectives executors plots kernels; do
    "$THINWIRE" list "$family" >"$scratch/list"
    [ "$(wc -l <"$scratch/list")" -gt 1 ] || fail "list $family is empty"
done
expect_status 2 "$THINWIRE" list compressor
expect_status 2 "$THINWIRE" rum
grep -q "did you mean 'run'" "$scratch/err" || fail "no suggestion for a mistyped command"
expect_status 2 "$THINWIRE" run no-such-file.xml
expect_status 0 "$THINWIRE" --help
expect_status 0 "$THINWIRE" run --help
echo "shipped scenarios are clean"
