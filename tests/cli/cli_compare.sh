#!/bin/sh
# `thinwire compare` on a made-up points.csv: told apart and not, exact, left out and counted, break-even
# and penalty; the text byte for byte, written anew by
#     TW_GOLDEN_UPDATE=1 THINWIRE=build/thinwire sh tests/cli/cli_compare.sh
. tests/cli/lib.subr
golden=tests/golden/compare
for metric in step_time_s final_loss time_to_target_s; do
    set -- --baseline dense --metric $metric
    [ $metric = step_time_s ] && set -- "$@" --penalty topk=1.3 --penalty-source "made up"
    "$THINWIRE" compare $golden/points.csv "$@" >"$scratch/$metric.txt"
    if [ "${TW_GOLDEN_UPDATE:-}" ]; then
        cp "$scratch/$metric.txt" $golden/
    fi
    diff $golden/$metric.txt "$scratch/$metric.txt" || fail "$metric is said otherwise"
done
"$THINWIRE" compare $golden/points.csv -b dense -m final_loss --csv >"$scratch/c.csv"
# topk at 0.05, rows of 1 Gbps: d = −0.02, −0.03, −0.02: mean −0.07 / 3, sd 0.00577350269, half
# 4.302652729911275 · sd / √3 = 0.01434217577
close_to "$(column "$scratch/c.csv" difference | sed -n 2p)" -0.0233333333333 1e-9 difference
close_to "$(column "$scratch/c.csv" difference_low | sed -n 2p)" -0.0376755091 1e-8 low
[ "$(column "$scratch/c.csv" verdict | tr '\n' ' ')" = \
    "undecided less greater undecided less greater " ] || fail "verdicts"
[ "$(column "$scratch/c.csv" baseline | sort -u)" = dense ] || fail "a ratio without its baseline"
[ "$(column "$scratch/c.csv" method_failed | tr '\n' ' ')" = "0 0 1 0 0 1 " ] || fail "failures"
# At 50 % the interval of the first is narrower: t(0.75; 2) = 0.5 / sqrt(0.375) = 0.8164965809, and
# d = 0.01, −0.02, 0.02 has mean 1/300 and sd 0.0208166600
"$THINWIRE" compare $golden/points.csv -b dense -m final_loss --csv --confidence 0.5 >"$scratch/c.csv"
close_to "$(column "$scratch/c.csv" difference_high | sed -n 1p)" 0.01314639965 1e-6 high
"$THINWIRE" compare $golden/points.csv -b dense --csv -p topk=1.3 -P "made up" >"$scratch/c.csv"
close_to "$(column "$scratch/c.csv" break_even_steps | sed -n 2p)" 1.25 1e-12 "0.2 / 0.16"
[ "$(column "$scratch/c.csv" pays | tr '\n' ' ')" = "yes no  yes no  " ] || fail "pays"

# The scenario's baseline, and the tuned column, come from the manifest.
"$THINWIRE" run tests/cli/scenarios/tuning.xml -q -o "$scratch/r" 2>/dev/null
"$THINWIRE" compare "$scratch/r" >"$scratch/text"
grep -q "baseline 'dense'" "$scratch/text" || fail "the scenario's baseline"
grep -q "rate is tuned: each method has its own value" "$scratch/text" || fail "the tuned column"
head -n 2 "$scratch/text" | grep -q rate && fail "the tuned value tells points apart"

expect_status 2 "$THINWIRE" compare $golden/points.csv
grep -q "no manifest.json beside the points" "$scratch/err" || fail "no baseline, and no word of it"
expect_status 2 "$THINWIRE" compare $golden/points.csv -b nobody
grep -q "its methods: dense topk wild" "$scratch/err" || fail "no list of methods"
expect_status 2 "$THINWIRE" compare $golden/points.csv -b dense -m nodes
expect_status 2 "$THINWIRE" compare $golden/points.csv -b dense -p topk=1.1
grep -q "go together" "$scratch/err" || fail "a penalty without a source"
expect_status 2 "$THINWIRE" compare $golden/points.csv -b dense -p nobody=1.1 -P x
expect_status 2 "$THINWIRE" compare $golden/points.csv -b dense -c 95
expect_status 2 "$THINWIRE" compare "$scratch/nothing" -b dense
echo "compared, told apart and not"
