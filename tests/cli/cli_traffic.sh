#!/bin/sh
# Bytes per rank, counted on real packed messages, equal the ring formulas for n = 2…8:
# an all-reduce of B bytes sends 2(n-1)/n·B, an all-gather of b bytes per rank (n-1)·b.
# d = 1000 values of 4 bytes; 7 % keeps 70 (0.07·1000 is 70.00000000000001 in binary: still 70).
# ARC: 100 blocks of 10, K = 7 rows: sketch 100·4 values, then 7·10 values.
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/small.xml -q -o "$scratch/r" --set bw=1Gbps
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { n = $c["nodes"]; sent = $c["sent_B_per_rank"]; m = $c["method"]
      want = 2 * (n - 1) / n * (400 + 70) * 4
      if (m == "dense") want = 2 * (n - 1) / n * 4000
      if (m == "topk") want = (n - 1) * 70 * 8
      if (m == "randk") want = 2 * (n - 1) / n * 70 * 4
      off = sent - want; if (off < 0) off = -off
      if (off > 1e-9 * want) { print m, n, sent, want; bad = 1 } rows++ }
    END { if (rows != 56) { print rows " rows, not 7 x 4 x 2"; bad = 1 } exit bad }' \
    "$scratch/r/points.csv" || fail "bytes differ from the formulas (method, n, sent, wanted)"
echo "56 rows agree with the ring formulas"
