#!/bin/sh
# Personal and rooted exchanges from a scenario file to bytes and seconds. d = 1000 values of 4 bytes,
# 7 % keeps 70, n ranks; bytes that a rank sends in a step, mean over ranks:
#   leader     binomial broadcast of 70 indices: n-1 copies; ring all-reduce of 70 values
#   quant      slices of s = ceil(1000/n) values in blocks of 100: to each of n-1 owners
#              4·ceil(s/100) + s bytes, and 4·ceil(s/100) + ceil(s/2) to each in the all-gather
#   alltoall   Top-K bit for bit: the loss of topk; the dense slices are 4·1000 B over n ranks, and
#              every one of 70 entries of 8 B travels unless it stays at home: at most 70·8 + 4(n-1)
# Both executors agree to 1e-9 of the step time: every schedule here sends through one port.
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/split.xml -q -o "$scratch/r"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    function ceil(x) { return x == int(x) ? x : int(x) + 1 }
    function differ(a, b) { return a - b > 1e-9 * b || b - a > 1e-9 * b }
    function wrong(what) { print m, n, $c["network"], what; bad = 1 }
    { n = $c["nodes"]; m = $c["method"]; sent = $c["sent_B_per_rank"]; s = ceil(1000 / n); rows++
      if ($c["status"] != "ok") wrong($c["status"])
      if (m == "leader" && differ(sent, (n - 1) / n * 280 + 2 * (n - 1) / n * 280)) wrong(sent)
      if (m == "quant" && differ(sent, (n - 1) * (8 * ceil(s / 100) + s + ceil(s / 2)))) wrong(sent)
      gathered = (n - 1) / n * 4000
      if (m == "alltoall" && (sent <= gathered || sent > gathered + 560 + 4 * (n - 1))) wrong(sent)
      if (m == "topk") loss[n] = $c["final_loss"] "x" $c["final_distance"]
      if (m == "alltoall") same[n] = $c["final_loss"] "x" $c["final_distance"]
      if (n "/" m in time && differ($c["step_time_s"], time[n "/" m])) wrong($c["step_time_s"])
      time[n "/" m] = $c["step_time_s"] }
    END { if (rows != 20) { print rows " rows, not 2 x 2 x 5"; bad = 1 }
          for (n in loss) if (loss[n] != same[n]) { print n, loss[n], same[n]; bad = 1 }
          exit bad }' "$scratch/r/points.csv" || fail "not as derived (method, n, network, found)"
echo "20 rows agree with their formulas"
