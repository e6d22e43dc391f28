#!/bin/sh
# Rules for tensors from a scenario file to bytes. ResNet-50 has 25557032 values, 54120 of them in
# vectors (53 norms of together 26560 channels, weight and bias, and 1000 biases of fc), and 2049000 in
# fc (1000 x 2048, and its bias). Rings of 4 ranks: a gathered message of B bytes is sent 3 times, a
# summed one 2·3/4 times. Top-K of 1 % sends 8 bytes a value kept:
#   vectors  floor(0.01·25502912) = 255029 kept, 54120 values of 4 bytes dense
#   named    floor(0.01·23508032) = 235080 kept, 2049000 values of 2 bytes (bf16) dense
#   gain     no tensor is worth so much: all dense
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/tensors.xml -q -o "$scratch/r"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { m = $c["method"]; sent = $c["sent_B_per_rank"]; rows++
      if (m == "vectors") want = 3 * 8 * 255029 + 1.5 * 4 * 54120
      if (m == "named") want = 3 * 8 * 235080 + 1.5 * 2 * 2049000
      if (m == "gain") want = 1.5 * 4 * 25557032
      if ($c["status"] != "ok" || sent != want) { print m, sent, "not", want; bad = 1 } }
    END { if (rows != 3) { print rows " rows, not 3"; bad = 1 } exit bad }' "$scratch/r/points.csv" ||
    fail "not as derived (method, bytes found, derived)"
echo "3 rows agree with their formulas"
