#!/bin/sh
# Results of a small scenario, guarded by a golden file: whoever changes them raises TW_MODEL_VERSION
# (sim/results/results.h) and regenerates the file by
#     TW_GOLDEN_UPDATE=1 THINWIRE=build/thinwire sh tests/cli/cli_golden.sh
# Text must be equal, numbers to 1e-9 relative: glibc's double exp and log differ by processor.
. tests/cli/lib.subr
golden=tests/golden/small/points.csv
"$THINWIRE" run tests/cli/scenarios/small.xml -q -o "$scratch/r" --set nodes=3,8 --set bw=1Gbps \
    --set executor=simgrid 2>"$scratch/err" || { cat "$scratch/err"; fail "the run failed"; }
cut -d, -f2- "$scratch/r/points.csv" >"$scratch/points.csv" # keys hold the model version
if [ "${TW_GOLDEN_UPDATE:-}" ]; then
    cp "$scratch/points.csv" "$golden"
    exit 0
fi
awk -F, -v OFS=, 'NR == FNR { want[FNR] = $0; rows = FNR; next }
    { n = split(want[FNR], w, ",")
      if (n != NF) { print "row " FNR ": " NF " fields, not " n; bad = 1; next }
      for (i = 1; i <= NF; i++) {
          if ($i == w[i]) continue
          d = $i - w[i]; if (d < 0) d = -d
          m = w[i] < 0 ? -w[i] : w[i]
          if ($i !~ /^[-+0-9.e]+$/ || d > 1e-9 * m + 1e-15) {
              print "row " FNR " field " i ": " $i ", not " w[i]; bad = 1 } } }
    END { if (FNR != rows) { print FNR " rows, not " rows; bad = 1 } exit bad }' \
    "$golden" "$scratch/points.csv" || fail "results differ from $golden"
echo "$(($(wc -l <"$golden") - 1)) rows as they were"
