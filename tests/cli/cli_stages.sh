#!/bin/sh
# A schedule of the ratio from a scenario file to bytes. ResNet-50 has 25557032 values; Top-K sends 8
# bytes a value kept, three times on a ring of 4 ranks. Kept: floor(0.04·d) = 1022281, floor(0.02·d) =
# 511140, floor(0.01·d) = 255570. In 5 steps:
#   each = 1: 0.04, 0.02, and three times 0.01;  each = 2: twice 0.04, twice 0.02, once 0.01
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/stages.xml -q -o "$scratch/r"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { each = $c["each"]; sent = $c["sent_B_per_rank"]; rows++
      kept = each == 1 ? 1022281 + 511140 + 3 * 255570 : 2 * 1022281 + 2 * 511140 + 255570
      want = 3 * 8 * kept / 5; off = sent / want - 1
      if ($c["status"] != "ok" || off > 1e-12 || off < -1e-12) { print each, sent, "not", want; bad = 1 } }
    END { if (rows != 2) { print rows " rows, not 2"; bad = 1 } exit bad }' "$scratch/r/points.csv" ||
    fail "not as derived (steps of a stage, bytes found, derived)"
echo "2 rows agree with their formulas"
