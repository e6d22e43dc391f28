#!/bin/sh
# shellcheck disable=SC2046 # one number per word
# Headlines that a user reads off a scenario's CSV: the tight rate to six digits, EF21 at the
# optimum of a LIBSVM file where EF14 stands on a floor, and the stand-in file from its generator.
. tests/cli/lib.subr

# ‖x − x*‖² falls by ρ (closed form of arXiv 2506.05271): ε = .25, .5, .9, each with κ = 2, 10.
"$THINWIRE" run scenarios/headline-tight-rate.xml -q -o "$scratch/rate"
column "$scratch/rate/points.csv" key >"$scratch/keys"
column "$scratch/rate/steps.csv" key >"$scratch/step-keys"
column "$scratch/rate/steps.csv" step >"$scratch/steps"
column "$scratch/rate/steps.csv" distance | paste "$scratch/step-keys" "$scratch/steps" - >"$scratch/distances"
n=0
for rho in .632556 .632556 .884808 .884808 .794109 .794109 .939368 .939368 .965491 .965491 .990469 .990469; do
    n=$((n + 1))
    key=$(sed -n "${n}p" "$scratch/keys")
    seen=$(awk -v key="$key" '$1 == key && $2 == 999 { a = $3 } $1 == key && $2 == 1000 { b = $3 }
        END { printf "%.6f", (b / a) * (b / a) }' "$scratch/distances")
    close_to "$seen" "$rho" 1e-6 "row $n: the rate"
done

awk -f scenarios/data/sparse-binary.awk | cmp - scenarios/data/sparse-binary.libsvm ||
    fail "the stand-in is not what its generator writes"
"$THINWIRE" run scenarios/headline-logistic-libsvm.xml -q -o "$scratch/svm"
set -- $(column "$scratch/svm/points.csv" final_loss)
awk -v gd="$1" -v topk="$2" -v ef14="$3" -v ef21="$4" 'BEGIN {
    exit !(gd < 1e-9 && ef21 < 1e-9 && ef14 > 1e-5 && ef14 < 1e-3 && topk > 1e-2) }' ||
    fail "gaps after 3000 steps: $*"

# Any file takes its place: the first half of the stand-in has another key.
head -240 scenarios/data/sparse-binary.libsvm >"$scratch/half.libsvm"
"$THINWIRE" run scenarios/headline-logistic-libsvm.xml --set "data=$scratch/half.libsvm" -q -o "$scratch/half"
[ "$(column "$scratch/half/points.csv" status | sort -u)" = ok ] || fail "another file does not run"
[ "$(column "$scratch/half/points.csv" key)" != "$(column "$scratch/svm/points.csv" key)" ] ||
    fail "another file has the same key"
echo "headlines hold"
