#!/bin/sh
# Message sizes of LLaMA 60M and 130M at 20 %, r = 4, K floored: integers counted from the released
# ARC-Top-K hooks' rules (arXiv 2510.26709, its repository): every tensor by itself; 1-D tensors
# "whole" (the release: the tensor is its own sketch, then its top 20 % again) or "dense" (the C4
# variant). With two ranks a ring all-reduce of B bytes sends 2·(2-1)/2·B = B, an all-gather b.
. tests/cli/lib.subr
"$THINWIRE" run tests/cli/scenarios/sizes.xml -q -o "$scratch/r"
awk -F, 'BEGIN { w["llama-60m,dense"] = 232294400; w["llama-130m,dense"] = 536423424
      w["llama-60m,arc-release"] = 1738752 + 46408472; w["llama-130m,arc-release"] = 2624512 + 107092932
      w["llama-60m,arc-c4"] = 1703936 + 46436352; w["llama-130m,arc-c4"] = 2547712 + 107154432
      w["llama-60m,randk"] = 46458712; w["llama-130m,randk"] = 107284356
      w["llama-60m,topk"] = 92917424; w["llama-130m,topk"] = 214568712 }
    NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { id = $c["model"] "," $c["method"]; rows++
      if ($c["sent_B_per_rank"] != w[id]) { print id, $c["sent_B_per_rank"], "wanted", w[id]; bad = 1 } }
    END { if (rows != 10) { print rows " rows, not 10"; bad = 1 } exit bad }' "$scratch/r/points.csv" ||
    fail "message sizes differ"
echo "10 message sizes agree to the byte"
